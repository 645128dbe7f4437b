import type { Config } from "../config/parse";
import type { GitHub } from "../clients/github";
import { wordsOf } from "../clients/octokit";
import { messageOf } from "../domain/problem";
import { type HealthyRun, healthyRuns } from "./healthyRuns";
import type { Release } from "../domain/release";

/** The past of a release, from Pulumi's history of the stack and of its upstream stack. */
export interface Past {
    /** The last run of this stack before it was destroyed, if it was of this release. */
    readonly own: HealthyRun | undefined;
    /** The last run of the upstream stack that was of this commit. */
    readonly upstream: HealthyRun | undefined;
    /** The reasons a history does not prove the release, each in words that can follow a semicolon. */
    readonly but: readonly string[];
}

export interface AskedPast {
    readonly config: Config;
    readonly github: GitHub;
    readonly source: string;
    readonly to: Release;
    /** The updates of this stack; undefined if it has a running release, so that it cannot come back to one. */
    readonly own: History | undefined;
    /** The updates of the upstream stack; undefined if they were not read. */
    readonly upstream: History | undefined;
}

/** The updates of a stack, newest first, or the reason they could not be read. */
export type History = { readonly stack: string } & (
    { readonly updates: readonly unknown[] } | { readonly unreadable: string }
);

/** Reads the updates of a stack. Returns an error as a reason, because the gate must refuse with it. */
export async function historyOf(stack: string, read: (stack: string) => Promise<readonly unknown[]>): Promise<History> {
    try {
        return { stack, updates: await read(stack) };
    } catch (error) {
        return { stack, unreadable: messageOf(error) };
    }
}

/** Looks for a release in the histories. Checks on GitHub that their tags have not moved. */
export async function pastOf(asked: AskedPast): Promise<Past> {
    const own = await ownRun(asked).catch(unanswered);
    const upstream = typeof own === "object" ? undefined : await upstreamRun(asked).catch(unanswered);
    return {
        own: typeof own === "object" ? own : undefined,
        upstream: typeof upstream === "object" ? upstream : undefined,
        but: [own, upstream].filter((found) => typeof found === "string"),
    };
}

function unanswered(error: unknown): string {
    return `GitHub did not say where the tags of its past point to: ${wordsOf(error)}`;
}

/** Only the stack's last release counts. A return to an earlier one is a rollback. */
async function ownRun(asked: AskedPast): Promise<HealthyRun | string | undefined> {
    const { own, config, source, to } = asked;
    if (!own) {
        return undefined;
    }
    const runs = runsOf(own, source, config, config.environment);
    if (typeof runs === "string") {
        return runs;
    }
    const [last] = runs;
    if (last?.tag !== to.tag) {
        return last && `stack ${own.stack} itself ran ${last.tag} last, and may return to it`;
    }
    return (await changed(last, own.stack, asked)) ?? last;
}

async function upstreamRun(asked: AskedPast): Promise<HealthyRun | string | undefined> {
    const { upstream, config, github, source, to } = asked;
    if (!upstream) {
        return undefined;
    }
    // Its environment is not known here; the tag's prefix already shows which environment a tag belongs to.
    const runs = runsOf(upstream, source, config, undefined);
    if (typeof runs === "string") {
        return runs;
    }
    let why: string | undefined;
    for (const run of runs) {
        const commit = run.commit ?? (await github.commit(repositoryOf(config, source), `tags/${run.tag}`));
        const but = commit === to.commit ? await changed(run, upstream.stack, asked) : undefined;
        if (commit === to.commit && but === undefined) {
            return run;
        }
        why ??= but;
    }
    return why;
}

function repositoryOf({ sources }: Config, source: string): string {
    return sources[source]?.repository ?? "";
}

function runsOf(history: History, source: string, config: Config, environment: string | undefined) {
    const unreadable = (why: string) => `the history of stack ${history.stack} could not be read: ${why}`;
    if ("unreadable" in history) {
        return unreadable(history.unreadable);
    }
    try {
        const place = { owner: config.github.owner, environment };
        return healthyRuns(history.updates, history.stack, source, place);
    } catch {
        return unreadable("pulumi printed it in an unknown format");
    }
}

/** The reason a tag may have moved since a stack ran it; undefined if it has not. */
async function changed(
    { tag, commit, began }: HealthyRun,
    stack: string,
    { to, github, config, source }: AskedPast,
): Promise<string | undefined> {
    if (commit !== undefined) {
        return commit === to.commit ? undefined : `the tag ${tag} was pinned to ${commit} when stack ${stack} ran it`;
    }
    const found = await github.annotatedTag(repositoryOf(config, source), tag);
    if (!found) {
        return `the tag ${tag} is not annotated, so nothing proves that it has not moved since stack ${stack} ran it`;
    }
    if (found.commit !== to.commit) {
        return `the tag ${tag} points to ${found.commit}`;
    }
    const made = found.made.toISOString();
    return found.made.getTime() <= began
        ? undefined
        : `the tag ${tag} was made at ${made}, after the last update of stack ${stack} with it, so it may have been moved`;
}
