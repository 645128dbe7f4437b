import { rm } from "node:fs/promises";
import { readCommit, readTag, readTree } from "../git/objects.ts";
import type { GitRepository, Signature } from "../git/repository.ts";
import { nodeId } from "../ids.ts";
import { GitHubError, type Members, NotServedError, notFound } from "../reply.ts";
import {
    type Call,
    gitOf,
    type Handlers,
    inRepository,
    parameter,
    refuseEmpty,
    repositoryOf,
    viewerOf,
} from "./call.ts";
import { gitCommit, verification } from "./represent-git.ts";

/** Git's own database: blobs, trees, commits and tag objects. */
export const database: Handlers = {
    "git/get-blob": async (call) => {
        const sha = parameter(call, "file_sha");
        const git = await holding(call, sha, "blob");
        const content = await git.bytes(["cat-file", "blob", sha]);
        const body = {
            sha,
            node_id: nodeId("B", repositoryOf(call).id, sha),
            size: content.length,
            url: inRepository(call, `/git/blobs/${sha}`),
            content: content.toString("base64").replaceAll(/(.{60})/g, "$1\n"),
            encoding: "base64",
        };
        return { status: 200, body };
    },

    "git/create-blob": async (call) => {
        const git = await filled(call);
        const { content, encoding } = call.body as { content: string; encoding?: string };
        const sha = await git.writeBlob(Buffer.from(content, encoding === "base64" ? "base64" : "utf8"));
        return { status: 201, body: { sha, url: inRepository(call, `/git/blobs/${sha}`) } };
    },

    "git/get-tree": async (call) => {
        const git = gitOf(call);
        const tree = await git.resolve(`${parameter(call, "tree_sha")}^{tree}`);
        if (tree === undefined) {
            await refuseEmpty(git);
            throw notFound();
        }
        return { status: 200, body: await represent(call, git, tree, call.query.has("recursive")) };
    },

    "git/create-tree": async (call) => {
        const git = await filled(call);
        const { tree, base_tree: base } = call.body as { tree: WantedEntry[]; base_tree?: string };
        const sha = await createTree(git, tree, base);
        return { status: 201, body: await represent(call, git, sha, false) };
    },

    "git/get-commit": async (call) => {
        const sha = parameter(call, "commit_sha");
        const git = await holding(call, sha, "commit");
        return { status: 200, body: gitCommit(call, repositoryOf(call), await readCommit(git, sha)) };
    },

    "git/create-commit": async (call) => {
        const git = await filled(call);
        const { message, tree, parents = [], author, committer, signature } = call.body as unknown as WantedCommit;
        if (signature !== undefined) {
            throw new NotServedError("a commit with a signature");
        }
        if ((await git.typeOf(tree)) !== "tree") {
            throw new GitHubError(422, "Tree SHA does not exist");
        }
        for (const parent of parents) {
            if ((await git.typeOf(parent)) !== "commit") {
                throw new GitHubError(422, "Parent SHA does not exist or is not a commit object");
            }
        }
        const by = person(call, author);
        const sha = await git.createCommit({
            message,
            tree,
            parents,
            author: by,
            committer: person(call, committer, by),
        });
        return { status: 201, body: gitCommit(call, repositoryOf(call), await readCommit(git, sha)) };
    },

    "git/get-tag": async (call) => {
        const sha = parameter(call, "tag_sha");
        const git = await holding(call, sha, "tag");
        return { status: 200, body: await tagObject(call, git, sha) };
    },

    "git/create-tag": async (call) => {
        const git = await filled(call);
        const { tag, message, object, type, tagger } = call.body as unknown as WantedTag;
        if ((await git.typeOf(object)) !== type) {
            throw new GitHubError(422, `Could not verify object`);
        }
        const by = person(call, tagger);
        const seconds = Math.floor(Date.parse(by.date) / 1000);
        const input = `object ${object}\ntype ${type}\ntag ${tag}\ntagger ${by.name} <${by.email}> ${seconds} +0000\n\n${message}\n`;
        const sha = await git.run(["mktag"], { input });
        return { status: 201, body: await tagObject(call, git, sha) };
    },
};

interface WantedEntry {
    path?: string;
    mode?: string;
    type?: string;
    sha?: string | null;
    content?: string;
}

interface WantedCommit {
    message: string;
    tree: string;
    parents?: string[];
    author?: Partial<Signature>;
    committer?: Partial<Signature>;
    signature?: string;
}

interface WantedTag {
    tag: string;
    message: string;
    object: string;
    type: string;
    tagger?: Partial<Signature>;
}

/** Whoever is named, else the token's user, now. */
export function person(call: Call, named: Partial<Signature> | undefined, otherwise?: Signature): Signature {
    const viewer = viewerOf(call);
    if (
        named?.name === "" ||
        named?.email === "" ||
        Number.isNaN(Date.parse(named?.date ?? new Date().toISOString()))
    ) {
        throw new NotServedError("a person without a name or an address, or a date that is none");
    }
    return {
        name: named?.name ?? otherwise?.name ?? viewer.login,
        email: named?.email ?? otherwise?.email ?? `${viewer.id}+${viewer.login}@users.noreply.github.com`,
        date: named?.date ?? otherwise?.date ?? new Date().toISOString(),
    };
}

/** GitHub's git database can be written only once the repository has a commit. */
async function filled(call: Call): Promise<GitRepository> {
    const git = gitOf(call);
    await refuseEmpty(git);
    return git;
}

async function holding(call: Call, sha: string, type: string): Promise<GitRepository> {
    const git = await filled(call);
    if ((await git.typeOf(sha)) !== type) {
        throw notFound();
    }
    return git;
}

async function refuseUnknown(git: GitRepository, entries: WantedEntry[], base: string | undefined): Promise<void> {
    if (base !== undefined && (await git.resolve(`${base}^{tree}`)) === undefined) {
        throw new NotServedError("a base_tree that is no tree");
    }
    for (const { path, mode, sha, content } of entries) {
        const removes = sha === null && content === undefined;
        const holds = content !== undefined || (typeof sha === "string" && (await git.typeOf(sha)) === "blob");
        const isFile = mode === "100644" || mode === "100755" || mode === "120000";
        if (!path || !(removes || (holds && isFile))) {
            throw new NotServedError(
                "an entry of a new tree that is no file with a path, a mode and a blob or content",
            );
        }
        if (path.split("/").some((part) => part === "" || /^(?:\.|\.\.|\.git)$/i.test(part))) {
            throw new GitHubError(422, "tree.path contains a malformed path component");
        }
    }
}

/** Puts entries on top of a tree in an index of its own, so that paths with directories become trees. */
export async function createTree(git: GitRepository, entries: WantedEntry[], base?: string): Promise<string> {
    await refuseUnknown(git, entries, base);
    const env = { GIT_INDEX_FILE: `${git.directory}/index.${crypto.randomUUID()}` };
    try {
        await git.run(["read-tree", ...(base === undefined ? ["--empty"] : [base])], { env });
        for (const { path = "", mode = "", sha, content } of entries) {
            const blob = content === undefined ? sha : await git.writeBlob(Buffer.from(content));
            const line = blob === null ? `0 ${"0".repeat(40)}\t${path}` : `${mode} ${blob ?? ""}\t${path}`;
            await git.run(["update-index", "--index-info"], { input: `${line}\n`, env });
        }
        return await git.run(["write-tree"], { env });
    } finally {
        await rm(env.GIT_INDEX_FILE, { force: true });
    }
}

async function represent(call: Call, git: GitRepository, tree: string, recursive: boolean): Promise<Members> {
    const entries = await readTree(git, tree, recursive);
    return {
        sha: tree,
        url: inRepository(call, `/git/trees/${tree}`),
        truncated: false,
        tree: entries.map(({ size, ...entry }) => ({
            ...entry,
            ...(size === undefined ? {} : { size }),
            url: inRepository(call, `/git/${entry.type}s/${entry.sha}`),
        })),
    };
}

async function tagObject(call: Call, git: GitRepository, sha: string): Promise<Members> {
    const tag = await readTag(git, sha);
    return {
        sha,
        node_id: nodeId("TA", repositoryOf(call).id, sha),
        url: inRepository(call, `/git/tags/${sha}`),
        tag: tag.name,
        message: tag.message.trimEnd(),
        tagger: tag.tagger,
        object: { sha: tag.object, type: tag.type, url: inRepository(call, `/git/${tag.type}s/${tag.object}`) },
        verification: verification(null),
    };
}
