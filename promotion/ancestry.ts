import type { GitHub } from "../clients/github";
import { wordsOf } from "../clients/octokit";
import type { Exemption, Release } from "../domain/release";
import { isLower } from "../domain/version";

/** GitHub has not compared two commits, and why: its words. */
export interface Unanswered {
    readonly unanswered: string;
}

/**
 * How a release's commit relates to the running one: `unknown` if GitHub does not know one of them, or if they have no
 * common history; `unasked` if the answer would change nothing.
 */
export type Ancestry = "ahead" | "behind" | "identical" | "diverged" | "unknown" | "unasked" | Unanswered;

export interface Compared {
    readonly github: Pick<GitHub, "compare">;
    readonly repository: string;
    readonly before: Release | undefined;
    readonly after: Release;
    readonly tagPrefix: string;
}

/** A rollback and a hotfix are for emergencies, in which GitHub may be half down. */
const exemptionPatienceMs = 3000;

/** The end of the wait for GitHub's comparison: none for a release without an exemption. */
export function patienceFor(exemption: Exemption | undefined): AbortSignal | undefined {
    return exemption && AbortSignal.timeout(exemptionPatienceMs);
}

/** Compares a release with the running one. Never fails: GitHub's error is an answer, which the gate judges. */
export async function ancestryOf({ github, repository, before, after, tagPrefix }: Compared): Promise<Ancestry> {
    if (!before) {
        return "unknown";
    }
    const { exemption } = after;
    if (exemption && isLower(after.tag, before.tag, tagPrefix)) {
        return "unasked";
    }
    const signal = patienceFor(exemption);
    try {
        return (await github.compare(repository, before.commit, after.commit, { signal }))?.status ?? "unknown";
    } catch (error) {
        return { unanswered: signal?.aborted === true ? "no answer in time" : wordsOf(error) };
    }
}
