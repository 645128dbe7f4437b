import type { Octokit } from "@octokit/rest";

import { apiUrlIn, firstToken } from "../../config/gh";
import { octokitOf } from "../../clients/octokit";
import { wrongUsage } from "../terminal/exit";
import type { RepositoryName } from "../../clients/github";
import { tokenHere } from "../tools/token";

/** The repository of this project on GitHub, from the variables of GitHub Actions. */
export interface Project {
    readonly octokit: Octokit;
    readonly repository: RepositoryName;
}

/** Reads the variables that GitHub Actions sets. The token is GH_TOKEN, otherwise GITHUB_TOKEN, as in `gh`. */
export function projectOf(env: NodeJS.ProcessEnv): Project {
    const [, owner, repo] = /^([^/]+)\/([^/]+)$/.exec(env.GITHUB_REPOSITORY ?? "") ?? [];
    const url = apiUrlIn(env);
    const token = tokenHere(env, ["GH_TOKEN", "GITHUB_TOKEN"]);
    if (owner === undefined || repo === undefined || token === "") {
        throw wrongUsage("The repository of the report is not known.", [
            {
                key: "GITHUB_REPOSITORY and GH_TOKEN",
                expected: "expected the repository, which GitHub Actions sets, and a token that can write to it",
                fix: `export GITHUB_REPOSITORY=<owner>/<repository> && ${firstToken(url, "GH_TOKEN")}`,
            },
        ]);
    }
    return { octokit: octokitOf(url, token), repository: { owner, repo } };
}

/** Writes a comment on a pull request, or edits the one that starts with the same marker. Returns its URL. */
export async function writeComment(
    { octokit, repository }: Project,
    issue: number,
    { marker, body }: { readonly marker: string; readonly body: string },
): Promise<string> {
    const { listComments, createComment, updateComment } = octokit.rest.issues;
    const comments = await octokit.paginate(listComments, { ...repository, issue_number: issue, per_page: 100 });
    const own = comments.find((comment) => comment.body?.startsWith(marker));
    const text = `${marker}\n${body}`;
    const { data } = own
        ? await updateComment({ ...repository, comment_id: own.id, body: text })
        : await createComment({ ...repository, issue_number: issue, body: text });
    return data.html_url;
}

/** Opens an issue with a label, or updates the open one. Returns its URL. */
export async function openIssue(
    { octokit, repository }: Project,
    { label, title, body }: { readonly label: string; readonly title: string; readonly body: string },
): Promise<string> {
    const number = await openIssueWith({ octokit, repository }, label);
    const { data } =
        number === undefined
            ? await octokit.rest.issues.create({ ...repository, title, body, labels: [label] })
            : await octokit.rest.issues.update({ ...repository, issue_number: number, title, body });
    return data.html_url;
}

/** Closes the open issue with a label, if there is one, with a comment that says why. */
export async function closeIssue(project: Project, label: string, why: string): Promise<void> {
    const { octokit, repository } = project;
    const number = await openIssueWith(project, label);
    if (number !== undefined) {
        await octokit.rest.issues.createComment({ ...repository, issue_number: number, body: why });
        await octokit.rest.issues.update({ ...repository, issue_number: number, state: "closed" });
    }
}

async function openIssueWith({ octokit, repository }: Project, label: string): Promise<number | undefined> {
    const wanted = { ...repository, labels: label, state: "open", per_page: 100 } as const;
    // The list contains pull requests too: https://docs.github.com/en/rest/issues/issues#list-repository-issues
    for await (const { data } of octokit.paginate.iterator(octokit.rest.issues.listForRepo, wanted)) {
        const found = data.find(({ pull_request: pull }) => pull === undefined);
        if (found) {
            return found.number;
        }
    }
    return undefined;
}
