import type { GitRepository } from "../git/repository.ts";
import { nodeId } from "../ids.ts";
import { GitHubError, type Members, notFound } from "../reply.ts";
import {
    type Call,
    changeRef,
    gitOf,
    type Handlers,
    inRepository,
    parameter,
    refuseEmpty,
    repositoryOf,
} from "./call.ts";

export const refs: Handlers = {
    "git/get-ref": async (call) => {
        const git = gitOf(call);
        const ref = `refs/${parameter(call, "ref")}`;
        const sha = await git.resolve(ref);
        if (sha === undefined) {
            await refuseEmpty(git);
            throw notFound();
        }
        return { status: 200, body: await represent(call, git, ref, sha) };
    },

    "git/list-matching-refs": async (call) => {
        const git = gitOf(call);
        await refuseEmpty(git);
        const prefix = `refs/${parameter(call, "ref")}`;
        const all = (await git.run(["for-each-ref", "--format=%(objectname) %(refname)"])).split("\n");
        const matching = all
            .map((line) => line.split(" "))
            .filter(([, ref]) => ref?.startsWith(prefix) === true)
            .map(([sha = "", ref = ""]) => represent(call, git, ref, sha));
        return { status: 200, body: await Promise.all(matching) };
    },

    "git/create-ref": async (call) => {
        const git = gitOf(call);
        await refuseEmpty(git);
        const { ref, sha } = call.body as { ref: string; sha: string };
        if (!/^refs\/(heads|tags)\/./.test(ref) || !(await git.succeeds(["check-ref-format", ref]))) {
            throw new GitHubError(422, "Reference name is invalid");
        }
        await refuseUnknown(git, sha);
        const exists = (): GitHubError => new GitHubError(422, "Reference already exists");
        if ((await git.resolve(ref)) !== undefined) {
            throw exists();
        }
        await changeRef(call, { ref, before: null, after: sha, stale: exists });
        const headers = { location: inRepository(call, `/git/${ref}`) };
        return { status: 201, body: await represent(call, git, ref, sha), headers };
    },

    "git/update-ref": async (call) => {
        const git = gitOf(call);
        await refuseEmpty(git);
        const ref = `refs/${parameter(call, "ref")}`;
        const { sha, force } = call.body as { sha: string; force?: boolean };
        const before = await existing(git, ref);
        await refuseUnknown(git, sha);
        await changeRef(call, { ref, before, after: sha, force: force === true });
        return { status: 200, body: await represent(call, git, ref, sha) };
    },

    "git/delete-ref": async (call) => {
        const ref = `refs/${parameter(call, "ref")}`;
        const repository = repositoryOf(call);
        const before = await existing(gitOf(call), ref);
        if (ref === `refs/heads/${repository.defaultBranch}`) {
            throw new GitHubError(422, "Cannot delete the default branch");
        }
        await changeRef(call, { ref, before, after: null });
        return { status: 204 };
    },
};

async function existing(git: GitRepository, ref: string): Promise<string> {
    const sha = await git.resolve(ref);
    if (sha === undefined) {
        throw new GitHubError(422, "Reference does not exist");
    }
    return sha;
}

async function refuseUnknown(git: GitRepository, sha: string): Promise<void> {
    if ((await git.typeOf(sha)) === undefined) {
        throw new GitHubError(422, "Object does not exist");
    }
}

async function represent(call: Call, git: GitRepository, ref: string, sha: string): Promise<Members> {
    const type = (await git.typeOf(sha)) ?? "commit";
    return {
        ref,
        node_id: nodeId("REF", repositoryOf(call).id, ref),
        url: inRepository(call, `/git/${ref}`),
        object: { sha, type, url: inRepository(call, `/git/${type}s/${sha}`) },
    };
}
