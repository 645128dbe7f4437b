/* eslint-disable @typescript-eslint/no-require-imports --
   Pulumi keeps a dynamic provider's code in the state, with all it captures: a library imported above would be copied
   there whole, one required inside stays a name. */
import * as pulumi from "@pulumi/pulumi";

export interface FirstContentArgs {
    /** The repository's HTTPS clone URL. */
    url: pulumi.Input<string>;
    /** The folder whose files are the content, relative to the project. */
    directory: pulumi.Input<string>;
    /** The branch that holds the content. */
    branch: pulumi.Input<string>;
}

/**
 * The first content of a repository: one commit, pushed when the branch does not exist yet and never again. What people
 * edit or delete later stays that way, also after `pulumi refresh`. A push creates the branch or fails, so an interrupted
 * run leaves no half content. Reads the token in GITHUB_TOKEN, as the GitHub provider does.
 */
export class FirstContent extends pulumi.dynamic.Resource {
    /** The commit the branch stood at when this resource was made. */
    declare public readonly commit: pulumi.Output<string>;

    constructor(name: string, args: FirstContentArgs, opts?: pulumi.CustomResourceOptions) {
        super(provider, name, { ...args, commit: undefined }, opts, "github", "FirstContent");
    }
}

type Inputs = Record<keyof FirstContentArgs, string>;

const provider: pulumi.dynamic.ResourceProvider<Inputs, Inputs & { commit: string }> = {
    async create(inputs) {
        const commit = (await commitOf(inputs)) ?? (await pushFirstCommit(inputs));
        return { id: `${inputs.url}#${inputs.branch}`, outs: { ...inputs, commit } };
    },
    // The repository's people own the content from here on: nothing is ever a difference.
    diff() {
        return Promise.resolve({ changes: false });
    },
};

async function commitOf({ url, branch }: Inputs): Promise<string | undefined> {
    const { git, http, onAuth } = tools();
    const heads = await git.listServerRefs({ http, url, onAuth, prefix: "refs/heads/" });
    const found = heads.find(({ ref }) => ref === `refs/heads/${branch}`);
    if (!found && heads.length > 0) {
        const others = heads.map(({ ref }) => ref.replace("refs/heads/", "")).join(", ");
        throw new Error(
            `${url} has content on ${others} and none on ${branch}. Rename its default branch to ${branch}.`,
        );
    }
    return found?.oid;
}

async function pushFirstCommit({ url, directory, branch }: Inputs): Promise<string> {
    const { git, http, onAuth, fs, temporaryDirectory } = tools();
    const dir = await fs.promises.mkdtemp(temporaryDirectory);
    try {
        await fs.promises.cp(directory, dir, { recursive: true });
        await git.init({ fs, dir, defaultBranch: branch });
        await git.add({ fs, dir, filepath: "." });
        const author = { name: "fluxcd", email: "fluxcd@users.noreply.github.com" };
        const commit = await git.commit({ fs, dir, author, message: "Start from the fluxcd scaffold\n" });
        await git.push({ fs, http, dir, url, ref: branch, remoteRef: `refs/heads/${branch}`, onAuth });
        return commit;
    } finally {
        await fs.promises.rm(dir, { recursive: true, force: true });
    }
}

function tools() {
    const { getEnv } = require("@pulumi/github/utilities") as typeof import("@pulumi/github/utilities");
    const { tmpdir } = require("node:os") as typeof import("node:os");
    return {
        git: require("isomorphic-git") as typeof import("isomorphic-git"),
        http: require("isomorphic-git/http/node") as typeof import("isomorphic-git/http/node"),
        fs: require("node:fs") as typeof import("node:fs"),
        onAuth: () => ({ username: "x-access-token", password: (getEnv("GITHUB_TOKEN") ?? "").trim() }),
        temporaryDirectory: `${tmpdir()}/fluxcd-first-content-`,
    };
}
