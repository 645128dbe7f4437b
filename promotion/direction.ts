import type { Problem } from "../domain/problem";
import type { Exemption } from "../domain/release";
import { isLower } from "../domain/version";
import type { Change, Facts } from "./gate";
import { refusal, removeExemption } from "./refusal";

/** Refuses a release that goes back, or that loses commits of the running one. */
export function direction(change: Change, facts: Facts): Problem[] {
    const { source, from, to, ancestry } = change;
    const { exemption } = to;
    const key = `fluxcd:sources.${source}.tag`;
    const goesBack = from !== undefined && isBackwards(change, facts.tagPrefix);
    const unanswered = typeof ancestry === "object" ? ancestry.unanswered : undefined;
    const apart = from !== undefined && (ancestry === "diverged" || ancestry === "unknown");
    if (exemption?.kind === "rollback") {
        const expected = from
            ? `${to.tag} is no way back from ${from.tag}: it comes after it`
            : `the stack has no release yet, so ${to.tag} cannot be a rollback`;
        const fix = removeExemption(source, "rollback", facts.stack);
        // Without an answer, the reason counts: an emergency does not wait for GitHub.
        return goesBack || apart || (from && unanswered !== undefined) || comesBackWith(exemption, change)
            ? []
            : [refusal("leftover", { key: `fluxcd:sources.${source}.rollback`, value: true, expected, fix })];
    }
    if (goesBack) {
        const older = ancestry === "behind" ? "is an earlier commit than" : "is a lower version than";
        const expected = `${older} ${from.tag}, which runs: going back needs rollback: true and a reason`;
        const fix = `npx fluxcd rollback ${facts.stack} ${to.tag.slice(facts.tagPrefix.length)}`;
        return [refusal("backwards", { key, value: to.tag, expected, fix })];
    }
    if (from === undefined || exemption !== undefined) {
        return [];
    }
    if (unanswered !== undefined) {
        const expected = `GitHub did not say whether it contains ${from.tag}, which runs, or commits would be lost: ${unanswered}`;
        const clone = `git -C ${change.repository}`;
        const fix = `${clone} fetch --tags && ${clone} merge-base --is-ancestor ${from.commit} ${to.commit} && echo contained   (then run this again once GitHub answers, or if it cannot wait: hotfix: true and a reason)`;
        return [refusal("no-comparison", { key, value: to.tag, expected, fix })];
    }
    // A hotfix is normally not on main, and the next release returns to main.
    if (apart && from.exemption?.kind !== "hotfix") {
        const why =
            ancestry === "diverged"
                ? "their histories have diverged"
                : "GitHub finds no common history of the two, or no longer has one of the commits";
        const expected = `does not contain ${from.tag}, which runs: ${why}, and commits would be lost`;
        const fix = `merge ${from.commit} into the branch of the tag, or set hotfix: true and a reason`;
        return [refusal("diverged", { key, value: to.tag, expected, fix })];
    }
    return [];
}

/** Allows a rollback that this stack already ran as a rollback before it was destroyed. */
function comesBackWith({ kind, reason }: Exemption, { past }: Change): boolean {
    return past?.own?.exemption?.kind === kind && past.own.exemption.reason === reason;
}

function isBackwards({ from, to, ancestry }: Change, tagPrefix: string): boolean {
    // The prefix may have changed since the stack took the earlier release.
    return ancestry === "behind" || isLower(to.tag, from?.tag ?? "", tagPrefix);
}
