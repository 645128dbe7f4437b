import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { getEnv } from "@pulumi/github/utilities";
import * as pulumi from "@pulumi/pulumi";
import * as git from "isomorphic-git";
import * as http from "isomorphic-git/http/node";

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
 * run leaves no half content. Uses the token in `GITHUB_TOKEN`, like the GitHub provider.
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

function credentials() {
    return { username: "x-access-token", password: getEnv("GITHUB_TOKEN") ?? "" };
}

async function commitOf({ url, branch }: Inputs): Promise<string | undefined> {
    const refs = await git.listServerRefs({ http, url, onAuth: credentials, prefix: `refs/heads/${branch}` });
    return refs.find(({ ref }) => ref === `refs/heads/${branch}`)?.oid;
}

async function pushFirstCommit({ url, directory, branch }: Inputs): Promise<string> {
    const fs = await import("node:fs");
    const dir = await mkdtemp(join(tmpdir(), "fluxcd-first-content-"));
    try {
        await cp(directory, dir, { recursive: true });
        await git.init({ fs, dir, defaultBranch: branch });
        await git.add({ fs, dir, filepath: "." });
        const author = { name: "fluxcd", email: "fluxcd@users.noreply.github.com" };
        const commit = await git.commit({ fs, dir, author, message: "Start from the fluxcd scaffold\n" });
        await git.push({ fs, http, dir, url, ref: branch, remoteRef: `refs/heads/${branch}`, onAuth: credentials });
        return commit;
    } finally {
        await rm(dir, { recursive: true, force: true });
    }
}
