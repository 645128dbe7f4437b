import { closed, now } from "../pulls.ts";
import { GitHubError, type Members, NotServedError, notFound } from "../reply.ts";
import type { Pull } from "../store.ts";
import { type Call, gitOf, type Handlers, inRepository, page, parameter, repositoryOf, viewerOf } from "./call.ts";
import { nextNumber } from "./issues.ts";
import { fullPull, pullSummary } from "./represent-pull.ts";

/** Pull requests between two branches of one repository; there are no forks. */
export const pulls: Handlers = {
    "pulls/list": (call) => {
        const { pulls } = repositoryOf(call);
        const state = call.query.get("state") ?? "open";
        const base = call.query.get("base");
        const head = call.query.get("head");
        const found = pulls.filter(
            (pull) =>
                (state === "all" || pull.state === state) &&
                (base === null || pull.base === base) &&
                // GitHub takes no notice of a head without an owner.
                (head?.includes(":") !== true || `${repositoryOf(call).owner}:${pull.head}` === head),
        );
        return { status: 200, body: page(call, sorted(call, found)).map((pull) => pullSummary(call, pull)) };
    },

    "pulls/get": async (call) => ({ status: 200, body: await fullPull(call, pullOf(call)) }),

    "pulls/create": async (call) => {
        const repository = repositoryOf(call);
        const wanted = call.body as unknown as WantedPull;
        for (const unserved of ["issue", "head_repo"]) {
            if (call.body[unserved] !== undefined) {
                throw new NotServedError(`a pull request with ${unserved}`);
            }
        }
        if (wanted.title === undefined || wanted.title === "") {
            throw refused({ field: "title", code: "missing_field" });
        }
        const head = wanted.head.replace(new RegExp(`^${repository.owner}:`, "i"), "");
        const commits = await compared(call, wanted.base, head);
        // From here on nothing waits: of two requests at once only one finds no pull request.
        if (repository.pulls.some((one) => one.state === "open" && one.head === head && one.base === wanted.base)) {
            const message = `A pull request already exists for ${repository.owner}:${head}.`;
            throw refused({ code: "custom", message });
        }
        const at = now();
        const pull: Pull = {
            id: call.lab.store.nextId(),
            number: nextNumber(repository),
            title: wanted.title,
            body: wanted.body ?? null,
            draft: wanted.draft === true,
            user: viewerOf(call).login,
            head,
            base: wanted.base,
            ...commits,
            state: "open",
            mergeCommitSha: null,
            mergedBy: null,
            createdAt: at,
            updatedAt: at,
            closedAt: null,
            mergedAt: null,
        };
        repository.pulls.push(pull);
        call.lab.store.save();
        const headers = { location: inRepository(call, `/pulls/${pull.number}`) };
        return { status: 201, body: await fullPull(call, pull), headers };
    },

    "pulls/update": async (call) => {
        const pull = pullOf(call);
        const { title, body, state, base } = call.body as Partial<Pick<Pull, "title" | "body" | "state" | "base">>;
        if ((base !== undefined && base !== pull.base) || (state === "open" && pull.state === "closed")) {
            throw new NotServedError("another base for a pull request, nor opening one again,");
        }
        Object.assign(pull, { title: title ?? pull.title, body: body ?? pull.body, updatedAt: now() });
        if (state === "closed" && pull.state === "open") {
            closed(pull);
        }
        call.lab.store.save();
        return { status: 200, body: await fullPull(call, pull) };
    },
};

interface WantedPull {
    title?: string;
    body?: string;
    head: string;
    base: string;
    draft?: boolean;
}

/** The commits of the two branches, of which the head has to be ahead. */
async function compared(call: Call, base: string, head: string): Promise<{ baseSha: string; headSha: string }> {
    const git = gitOf(call);
    const baseSha = await git.resolve(`refs/heads/${base}^{commit}`);
    const headSha = await git.resolve(`refs/heads/${head}^{commit}`);
    if (baseSha === undefined || headSha === undefined) {
        throw refused({ field: headSha === undefined ? "head" : "base", code: "invalid" });
    }
    if (!(await git.succeeds(["merge-base", baseSha, headSha]))) {
        const message = `The ${head} branch has no history in common with ${base}`;
        throw refused({ code: "custom", message });
    }
    if (await git.isAncestor(headSha, baseSha)) {
        throw refused({ code: "custom", message: `No commits between ${base} and ${head}` });
    }
    return { baseSha, headSha };
}

function refused(error: Members): GitHubError {
    return new GitHubError(422, "Validation Failed", { errors: [{ resource: "PullRequest", ...error }] });
}

function pullOf(call: Call): Pull {
    const number = parameter(call, "pull_number");
    if (!/^\d+$/.test(number)) {
        throw new NotServedError(`pulls/${number}`);
    }
    const pull = repositoryOf(call).pulls.find((one) => String(one.number) === number);
    if (pull === undefined) {
        throw notFound();
    }
    return pull;
}

function sorted(call: Call, found: readonly Pull[]): Pull[] {
    const sort = call.query.get("sort") ?? "created";
    if (sort !== "created" && sort !== "updated") {
        throw new NotServedError(`pull requests sorted by ${sort}`);
    }
    const direction = call.query.get("direction") ?? (call.query.has("sort") ? "asc" : "desc");
    const ordered = found.toSorted((a, b) =>
        sort === "created" ? a.number - b.number : a.updatedAt.localeCompare(b.updatedAt),
    );
    return direction === "asc" ? ordered : ordered.reverse();
}
