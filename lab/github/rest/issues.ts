import { nodeId } from "../ids.ts";
import { now } from "../pulls.ts";
import { type Members, NotServedError, notFound } from "../reply.ts";
import { simpleUser } from "../represent.ts";
import type { Comment, Issue, Repository } from "../store.ts";
import { type Call, type Handlers, inRepository, page, parameter, repositoryOf, viewerOf } from "./call.ts";
import { association, known } from "./represent-pull.ts";
import { html } from "./represent-git.ts";

/** Issues, and the comments on them and on pull requests. */
export const issues: Handlers = {
    "issues/list-for-repo": (call) => {
        const state = call.query.get("state") ?? "open";
        const labels = (call.query.get("labels") ?? "").split(",").filter((name) => name !== "");
        if (labels.length === 0) {
            // Pull requests would be among them, and those have no labels here.
            throw new NotServedError("a list of issues without a label");
        }
        const found = repositoryOf(call).issues.filter(
            (issue) =>
                (state === "all" || issue.state === state) &&
                labels.every((label) => issue.labels.some(({ name }) => name === label)),
        );
        return { status: 200, body: page(call, found.toReversed()).map((issue) => represented(call, issue)) };
    },

    "issues/create": (call) => {
        refuse(call, ["assignee", "assignees", "milestone", "type"]);
        const repository = repositoryOf(call);
        const at = now();
        const issue: Issue = {
            id: call.lab.store.nextId(),
            number: nextNumber(repository),
            title: String(call.body.title),
            body: (call.body.body as string | undefined) ?? null,
            labels: labelsOf(call),
            user: viewerOf(call).login,
            state: "open",
            createdAt: at,
            updatedAt: at,
            closedAt: null,
        };
        repository.issues.push(issue);
        call.lab.store.save();
        const headers = { location: inRepository(call, `/issues/${issue.number}`) };
        return { status: 201, body: represented(call, issue), headers };
    },

    "issues/update": (call) => {
        refuse(call, ["assignee", "assignees", "milestone", "type", "labels"]);
        const issue = repositoryOf(call).issues.find(
            ({ number }) => String(number) === parameter(call, "issue_number"),
        );
        if (issue === undefined) {
            throw notFound();
        }
        const { title, body, state } = call.body as Partial<Pick<Issue, "title" | "body" | "state">>;
        Object.assign(issue, { title: title ?? issue.title, body: body ?? issue.body, updatedAt: now() });
        if (state !== undefined && state !== issue.state) {
            Object.assign(issue, { state, closedAt: state === "closed" ? issue.updatedAt : null });
        }
        call.lab.store.save();
        return { status: 200, body: represented(call, issue) };
    },

    "issues/list-comments": (call) => {
        const number = numberOf(call);
        const found = repositoryOf(call).comments.filter(({ issue }) => issue === number);
        return { status: 200, body: page(call, found).map((comment) => representedComment(call, comment)) };
    },

    "issues/create-comment": (call) => {
        const at = now();
        const comment: Comment = {
            id: call.lab.store.nextId(),
            issue: numberOf(call),
            body: String(call.body.body),
            user: viewerOf(call).login,
            createdAt: at,
            updatedAt: at,
        };
        repositoryOf(call).comments.push(comment);
        call.lab.store.save();
        const headers = { location: inRepository(call, `/issues/comments/${comment.id}`) };
        return { status: 201, body: representedComment(call, comment), headers };
    },

    "issues/update-comment": (call) => {
        const comment = repositoryOf(call).comments.find(({ id }) => String(id) === parameter(call, "comment_id"));
        if (comment === undefined) {
            throw notFound();
        }
        Object.assign(comment, { body: String(call.body.body), updatedAt: now() });
        call.lab.store.save();
        return { status: 200, body: representedComment(call, comment) };
    },
};

/** Issues and pull requests of a repository are numbered together. */
export function nextNumber({ issues, pulls }: Repository): number {
    return issues.length + pulls.length + 1;
}

/** The number of an issue or a pull request that is there. */
function numberOf(call: Call): number {
    const { issues, pulls } = repositoryOf(call);
    const found = [...issues, ...pulls].find(({ number }) => String(number) === parameter(call, "issue_number"));
    if (found === undefined) {
        throw notFound();
    }
    return found.number;
}

function refuse(call: Call, unserved: readonly string[]): void {
    const asked = unserved.find((name) => call.body[name] !== undefined);
    if (asked !== undefined) {
        throw new NotServedError(`an issue with ${asked}`);
    }
}

function labelsOf(call: Call): Issue["labels"] {
    const wanted = (call.body.labels ?? []) as (string | { name: string })[];
    const known = repositoryOf(call).issues.flatMap(({ labels }) => labels);
    return wanted.map((label) => {
        const name = typeof label === "string" ? label : label.name;
        return known.find((one) => one.name === name) ?? { id: call.lab.store.nextId(), name };
    });
}

function represented(call: Call, issue: Issue): Members {
    const repository = repositoryOf(call);
    const url = inRepository(call, `/issues/${issue.number}`);
    return {
        url,
        repository_url: inRepository(call, ""),
        labels_url: `${url}/labels{/name}`,
        comments_url: `${url}/comments`,
        events_url: `${url}/events`,
        html_url: html(call, repository, `/issues/${issue.number}`),
        id: issue.id,
        node_id: nodeId("I", repository.id, issue.id),
        number: issue.number,
        title: issue.title,
        user: simpleUser(call.lab, known(call, issue.user)),
        labels: issue.labels.map(({ id, name }) => ({
            id,
            node_id: nodeId("LA", repository.id, id),
            url: inRepository(call, `/labels/${encodeURIComponent(name)}`),
            name,
            color: "ededed",
            default: false,
            description: null,
        })),
        state: issue.state,
        state_reason: issue.state === "closed" ? "completed" : null,
        locked: false,
        assignee: null,
        assignees: [],
        milestone: null,
        comments: repository.comments.filter((comment) => comment.issue === issue.number).length,
        created_at: issue.createdAt,
        updated_at: issue.updatedAt,
        closed_at: issue.closedAt,
        author_association: association(call, repository, issue.user),
        active_lock_reason: null,
        body: issue.body,
    };
}

function representedComment(call: Call, comment: Comment): Members {
    const repository = repositoryOf(call);
    const isIssue = repository.issues.some(({ number }) => number === comment.issue);
    const page = html(call, repository, `/${isIssue ? "issues" : "pull"}/${comment.issue}`);
    return {
        url: inRepository(call, `/issues/comments/${comment.id}`),
        html_url: `${page}#issuecomment-${comment.id}`,
        issue_url: inRepository(call, `/issues/${comment.issue}`),
        id: comment.id,
        node_id: nodeId("IC", repository.id, comment.id),
        user: simpleUser(call.lab, known(call, comment.user)),
        created_at: comment.createdAt,
        updated_at: comment.updatedAt,
        author_association: association(call, repository, comment.user),
        body: comment.body,
        performed_via_github_app: null,
    };
}
