import type { Config } from "../config/parse";
import type { GitHub } from "../clients/github";
import { messageOf } from "../domain/problem";
import { type HealthyRun, healthyRuns } from "./healthyRuns";
import type { Release, SourceName } from "../domain/release";

/** What Pulumi's history of a stack and of the one it is promoted from tells of a release. */
export interface Past {
    /** The last run of this stack before it was destroyed, where it was of this very release. */
    readonly own: HealthyRun | undefined;
    /** The last run of the stack it is promoted from that was of this commit. */
    readonly upstream: HealthyRun | undefined;
    /** Why a history does not speak for the release, in words that follow a semicolon. */
    readonly but: readonly string[];
}

export interface AskedPast {
    readonly config: Config;
    readonly github: GitHub;
    readonly source: SourceName;
    readonly to: Release;
    /** The updates of this stack, newest first; undefined where it stands on a release and has nothing to come back to. */
    readonly own: History | undefined;
    /** Those of the stack it is promoted from; undefined where that was not asked. */
    readonly upstream: History | undefined;
}

/** The updates of a stack, newest first, or why they could not be read. */
export type History = { readonly stack: string } & (
    { readonly updates: readonly unknown[] } | { readonly unreadable: string }
);

/** Of how many releases of another stack GitHub is asked at most. */
const mostAsked = 50;

/** Reads the updates of a stack. What goes wrong is a reason, not an error: it must refuse, and say why. */
export async function historyOf(stack: string, read: (stack: string) => Promise<readonly unknown[]>): Promise<History> {
    try {
        return { stack, updates: await read(stack) };
    } catch (error) {
        return { stack, unreadable: messageOf(error) };
    }
}

/** Asks the histories about one release, and GitHub whether their tags are still what they were. */
export async function pastOf(asked: AskedPast): Promise<Past> {
    const own = await ownRun(asked);
    const upstream = typeof own === "object" ? undefined : await upstreamRun(asked);
    return {
        own: typeof own === "object" ? own : undefined,
        upstream: typeof upstream === "object" ? upstream : undefined,
        but: [own, upstream].filter((found) => typeof found === "string"),
    };
}

/** Only what ran last: to anything before, there is the way back. */
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
        return last && `stack ${own.stack} itself ran ${last.tag} last, and may come back to that`;
    }
    return (await changed(last, own.stack, asked)) ?? last;
}

async function upstreamRun(asked: AskedPast): Promise<HealthyRun | string | undefined> {
    const { upstream, config, github, source, to } = asked;
    if (!upstream) {
        return undefined;
    }
    // Its environment is not known here, and its tags say where it belongs.
    const runs = runsOf(upstream, source, config, undefined);
    if (typeof runs === "string") {
        return runs;
    }
    let why: string | undefined;
    for (const run of runs.slice(0, mostAsked)) {
        const commit = run.commit ?? (await github.commit(config[source].repository, `tags/${run.tag}`));
        const but = commit === to.commit ? await changed(run, upstream.stack, asked) : undefined;
        if (commit === to.commit && but === undefined) {
            return run;
        }
        why ??= but;
    }
    return why;
}

function runsOf(history: History, source: SourceName, config: Config, environment: string | undefined) {
    const unreadable = (why: string) => `the history of stack ${history.stack} could not be read: ${why}`;
    if ("unreadable" in history) {
        return unreadable(history.unreadable);
    }
    try {
        const place = { owner: config.github.owner, environment };
        return healthyRuns(history.updates, history.stack, source, place);
    } catch {
        return unreadable("pulumi printed it in a form that is not known here");
    }
}

/** Why a tag is not surely what it was when a stack ran it; undefined where it is. */
async function changed(
    { tag, commit, began }: HealthyRun,
    stack: string,
    { to, github, config, source }: AskedPast,
): Promise<string | undefined> {
    if (commit !== undefined) {
        return commit === to.commit ? undefined : `the tag ${tag} was pinned to ${commit} when stack ${stack} ran it`;
    }
    const found = await github.annotatedTag(config[source].repository, tag);
    if (!found) {
        return `the tag ${tag} is not annotated, so nothing says that it still is where stack ${stack} ran it`;
    }
    if (found.commit !== to.commit) {
        return `the tag ${tag} points to ${found.commit}`;
    }
    const made = found.made.toISOString();
    return found.made.getTime() <= began
        ? undefined
        : `the tag ${tag} was made at ${made}, after the last update of stack ${stack} with it, so it may have been moved`;
}
