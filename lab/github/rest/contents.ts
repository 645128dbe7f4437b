import type { GitRepository, Signature } from "../git/repository.ts";
import { readCommit, readTree, type TreeEntry } from "../git/objects.ts";
import { GitHubError, type Members, type Reply } from "../reply.ts";
import {
    type Call,
    changeRef,
    gitOf,
    type Handlers,
    inRepository,
    parameter,
    refusedRef,
    repositoryOf,
} from "./call.ts";
import { createTree, person } from "./database.ts";
import { gitCommit, html } from "./represent-git.ts";

export const contents: Handlers = {
    "repos/get-content": async (call) => {
        const git = gitOf(call);
        if (await git.isEmpty()) {
            throw new GitHubError(404, "This repository is empty.");
        }
        const ref = call.query.get("ref") ?? repositoryOf(call).defaultBranch;
        const commit = await git.commitOf(ref);
        if (commit === undefined) {
            throw new GitHubError(404, `No commit found for the ref ${ref}`);
        }
        const path = parameter(call, "path").replace(/\/$/, "");
        return { status: 200, body: await read(call, git, { commit, path, ref }) };
    },

    "repos/create-or-update-file-contents": (call) => write(call, call.body.content as string),
    "repos/delete-file": (call) => write(call, null),
};

interface Place {
    commit: string;
    path: string;
    ref: string;
}

async function read(call: Call, git: GitRepository, place: Place): Promise<Members | Members[]> {
    const revision = place.path === "" ? `${place.commit}^{tree}` : `${place.commit}:${place.path}`;
    const sha = await git.resolve(revision);
    if (sha === undefined) {
        throw new GitHubError(404, "Not Found");
    }
    if ((await git.typeOf(sha)) === "tree") {
        const entries = await readTree(git, sha, false);
        const below = place.path === "" ? "" : `${place.path}/`;
        return entries.map((entry) => describe(call, place.ref, { ...entry, path: `${below}${entry.path}` }));
    }
    const content = await git.bytes(["cat-file", "blob", sha]);
    const entry = { mode: "100644", type: "blob", sha, size: content.length, path: place.path };
    return {
        ...describe(call, place.ref, entry),
        content: content.toString("base64").replaceAll(/(.{60})/g, "$1\n"),
        encoding: "base64",
    };
}

function describe(call: Call, ref: string, entry: TreeEntry): Members {
    const repository = repositoryOf(call);
    const path = encodeURI(entry.path);
    const url = inRepository(call, `/contents/${path}?ref=${encodeURIComponent(ref)}`, repository);
    const git = inRepository(call, `/git/${entry.type}s/${entry.sha}`, repository);
    const kind = entry.type === "tree" ? "tree" : "blob";
    const page = html(call, repository, `/${kind}/${ref}/${path}`);
    return {
        type: entry.type === "tree" ? "dir" : "file",
        name: entry.path.split("/").at(-1),
        path: entry.path,
        sha: entry.sha,
        size: entry.size ?? 0,
        url,
        git_url: git,
        html_url: page,
        download_url: entry.type === "tree" ? null : html(call, repository, `/raw/${ref}/${path}`),
        _links: { self: url, git, html: page },
    };
}

/** Makes one commit that changes, creates or (without content) deletes one file. */
async function write(call: Call, content: string | null): Promise<Reply> {
    const git = gitOf(call);
    const repository = repositoryOf(call);
    const path = parameter(call, "path");
    const { branch, sha, message, author, committer } = call.body as unknown as WantedChange;
    const name = branch ?? repository.defaultBranch;
    const head = await git.resolve(`refs/heads/${name}^{commit}`);
    if (head === undefined && !(await git.isEmpty())) {
        throw new GitHubError(404, `Branch ${name} not found`);
    }
    const existing = head === undefined ? undefined : await git.resolve(`${head}:${path}`);
    refuseStale(path, existing, sha, content === null);
    const blob = content === null ? null : await git.writeBlob(Buffer.from(content, "base64"));
    const tree = await createTree(git, [{ path, mode: "100644", sha: blob }], head);
    const by = person(call, author);
    const parents = head === undefined ? [] : [head];
    const commit = await git.createCommit({
        tree,
        parents,
        message,
        author: by,
        committer: person(call, committer, by),
    });
    const verb = content === null ? "delete" : existing === undefined ? "create" : "update";
    const ref = `refs/heads/${name}`;
    await changeRef(call, {
        ref,
        before: head ?? null,
        after: commit,
        refused: (reasons, ruleset) =>
            new GitHubError(
                409,
                ruleset ? refusedRef(reasons, ruleset).message : `Could not ${verb} file: ${reasons.join(" ")}`,
            ),
        stale: async () => new GitHubError(409, `is at ${(await git.resolve(ref)) ?? ""} but expected ${head ?? ""}`),
    });
    const body = {
        content: blob === null ? null : await entryOf(call, git, { commit, path, ref: name }),
        commit: gitCommit(call, repository, await readCommit(git, commit)),
    };
    return { status: existing === undefined ? 201 : 200, body };
}

interface WantedChange {
    branch?: string;
    sha?: string;
    message: string;
    author?: Partial<Signature>;
    committer?: Partial<Signature>;
}

function refuseStale(path: string, existing: string | undefined, sha: string | undefined, deleting: boolean): void {
    if (existing === undefined && deleting) {
        throw new GitHubError(404, "Not Found");
    }
    if (existing !== undefined && sha === undefined) {
        throw new GitHubError(422, `Invalid request.\n\n"sha" wasn't supplied.`);
    }
    if (existing !== undefined && sha !== existing) {
        throw new GitHubError(409, `${path} does not match ${sha ?? ""}`);
    }
}

async function entryOf(call: Call, git: GitRepository, place: Place): Promise<Members> {
    const sha = await git.resolve(`${place.commit}:${place.path}`);
    const size = Number(await git.run(["cat-file", "-s", sha ?? ""]));
    return describe(call, place.ref, { mode: "100644", type: "blob", sha: sha ?? "", size, path: place.path });
}
