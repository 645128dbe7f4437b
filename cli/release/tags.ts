import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { Release } from "../../domain/release";
import { statusOf } from "../../clients/octokit";
import { CommandError, exitCodes } from "../terminal/exit";
import type { GitHub } from "../../clients/github";
import { permitted } from "./permission";
import { tagExists } from "./targets";

const run = promisify(execFile);

/** A tag's author: a display name, and a Git identity if there is one. An App's token has no user. */
export interface Author {
    readonly words: string;
    readonly tagger: { readonly name: string; readonly email: string } | undefined;
}

export interface NewTag {
    readonly source: string;
    readonly repository: string;
    readonly release: Release;
    readonly message: string;
    readonly author: Author;
    readonly stack: string;
    /** Returns the commit of a tag, to distinguish an equal promotion's tag from another one. */
    readonly commitOf: (source: string, tag: string) => Promise<string | undefined>;
}

/** The author of new tags: the token's user, otherwise the person that CI or Git on this machine names. */
export async function authorOf(github: GitHub): Promise<Author> {
    const user = await github.user();
    if (user) {
        return { words: user.login, tagger: { name: user.name, email: user.email } };
    }
    const [name, email] = await Promise.all([gitConfig("user.name"), gitConfig("user.email")]);
    const words = process.env.GITHUB_ACTOR ?? name ?? "a GitHub App";
    return { words, tagger: name !== undefined && email !== undefined ? { name, email } : undefined };
}

/**
 * Creates an annotated tag. Returns false if it already exists on the same commit; throws an error if it is on another
 * one.
 */
export async function makeTag(github: GitHub, tag: NewTag): Promise<boolean> {
    const { source, repository, release, message, author, stack, commitOf } = tag;
    const into = github.of(repository);
    const what = `make tags in ${into.owner}/${into.repo}`;
    const { git } = github.octokit.rest;
    const { data: object } = await permitted(
        what,
        "Contents: write",
        git.createTag({
            ...into,
            tag: release.tag,
            message,
            object: release.commit,
            type: "commit",
            ...(author.tagger && { tagger: { ...author.tagger, date: new Date().toISOString() } }),
        }),
    );
    try {
        const ref = `refs/tags/${release.tag}`;
        await permitted(what, "Contents: write", git.createRef({ ...into, ref, sha: object.sha }));
        return true;
    } catch (error) {
        const found = statusOf(error) === 422 ? await commitOf(source, release.tag) : undefined;
        if (found === undefined) {
            throw error;
        }
        if (found !== release.commit) {
            const problem = tagExists(source, release, found, stack);
            throw new CommandError(exitCodes.refused, "Another promotion made the tag in the meantime.", [problem]);
        }
        return false;
    }
}

async function gitConfig(key: string): Promise<string | undefined> {
    try {
        return (await run("git", ["config", key])).stdout.trim();
    } catch {
        return undefined;
    }
}
