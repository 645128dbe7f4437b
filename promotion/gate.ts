import { seconds } from "../domain/duration";
import type { Problem, RefusalCode } from "../domain/problem";
import type { HandWork } from "../domain/handWork";
import type { Closed } from "../domain/calendar";
import type { Ancestry } from "./ancestry";
import { direction } from "./direction";
import type { Evidence, HealthyRevision } from "./evidence";
import type { HealthyRun } from "./healthyRuns";
import type { Past } from "./past";
import { commitIn, type Release } from "../domain/release";
import { refusal, removeExemption } from "./refusal";
import { suspended } from "./suspended";

/** A change of a source's release. */
export interface Change {
    readonly source: string;
    readonly repository: string;
    /** The running release; undefined for the first release, and if the source followed a branch. */
    readonly from: Release | undefined;
    readonly to: Release;
    readonly ancestry: Ancestry;
    /** Whether the stack file pins the commit of `to`. */
    readonly pinned: boolean;
    /** The setting that suspends the source, such as `fluxcd:kustomizations.apps.suspend`; undefined if none does. */
    readonly suspendedBy: string | undefined;
    /** A stop of Flux by hand, because of which it would not apply the release; undefined if there is none. */
    readonly stop?: HandWork;
    /** The release's past in Pulumi's history; undefined if the history was not read. */
    readonly past: Past | undefined;
}

export interface Facts {
    readonly stack: string;
    /** The kubeconfig context of the stack's cluster. */
    readonly context: string;
    readonly tagPrefix: string;
    readonly promotedFrom: string | undefined;
    /** A Go duration. */
    readonly soak: string;
    readonly closed: Closed | undefined;
    /** The evidence from the upstream stack, or the reason there is none; undefined if it was not read. */
    readonly evidence: Evidence | string | undefined;
    readonly now: Date;
}

/** Returns every reason to refuse the changes. */
export function gate(changes: readonly Change[], facts: Facts): Problem[] {
    const moved = changes.filter(isMoved);
    const others = changes.filter((change) => !isMoved(change));
    const regular = others.filter(({ to }) => to.exemption === undefined);
    return [
        ...moved.map((change) => movedTag(change)),
        ...others.flatMap((change) => [
            ...suspended(change, facts),
            ...leftover(change, facts),
            ...direction(change, facts),
        ]),
        ...(regular.length > 0 ? calendar(facts) : []),
        ...upstream(regular, facts),
    ];
}

function isMoved({ from, to, pinned }: Change): boolean {
    return from?.tag === to.tag && from.commit !== to.commit && !pinned;
}

function movedTag({ source, repository, from, to }: Change): Problem {
    const old = from?.commit ?? "";
    return refusal("moved-tag", {
        key: `fluxcd:sources.${source}.tag`,
        value: to.tag,
        expected: `the tag pointed to ${old} when this stack took it, and points to ${to.commit} now: it was moved`,
        fix:
            `git -C ${repository} tag --force -a ${to.tag} -m ${to.tag} ${old} && git -C ${repository} push --force origin ${to.tag}` +
            `   (or give the new commit its own version)`,
    });
}

/** An exemption is for one release. If it stays in the stack file, the next release must not use it. */
function leftover({ source, from, to }: Change, { stack }: Facts): Problem[] {
    const { exemption } = to;
    if (!exemption || from?.exemption?.kind !== exemption.kind || from.exemption.reason !== exemption.reason) {
        return [];
    }
    return [
        refusal("leftover", {
            key: `fluxcd:sources.${source}.reason`,
            value: exemption.reason,
            expected: `is the ${exemption.kind} of ${from.tag}; ${to.tag} needs a reason of its own, or none`,
            fix: removeExemption(source, exemption.kind, stack),
        }),
    ];
}

function calendar({ closed, stack }: Facts): Problem[] {
    if (!closed) {
        return [];
    }
    const opens = closed.opens ? `wait until ${closed.opens.toISOString()}` : "change the calendar";
    return [
        refusal(closed.kind, {
            key: closed.kind === "freeze" ? "fluxcd:promotion.freezes" : "fluxcd:promotion.changeWindows",
            expected: closed.why,
            fix: `${opens}, or if it cannot wait: hotfix: true and a reason in Pulumi.${stack}.yaml`,
        }),
    ];
}

function upstream(changes: readonly Change[], facts: Facts): Problem[] {
    const { promotedFrom, evidence } = facts;
    if (promotedFrom === undefined) {
        return [];
    }
    if (typeof evidence === "object") {
        return changes.flatMap((change) => evidenceFor(change, evidence, promotedFrom, facts));
    }
    const unknown = changes.filter(({ past }) => past?.own === undefined && past?.upstream === undefined);
    const why = [evidence ?? "it was not asked", ...new Set(unknown.flatMap(({ past }) => past?.but ?? []))];
    const noEvidence = refusal("no-evidence", {
        key: "fluxcd:promotion.from",
        value: promotedFrom,
        expected: `nothing says what ${promotedFrom} runs: ${why.join("; ")}`,
        fix: `pulumi up --stack ${promotedFrom}`,
    });
    const nothing: Evidence = { context: "", sources: {} };
    const known = changes.filter(({ past }) => past?.upstream !== undefined);
    return [
        ...(unknown.length > 0 ? [noEvidence] : []),
        ...known.flatMap((change) => evidenceFor(change, nothing, promotedFrom, facts)),
    ];
}

function evidenceFor(
    { source, to, past }: Change,
    evidence: Evidence,
    promotedFrom: string,
    { stack, soak, now }: Facts,
): Problem[] {
    const { healthy, failing } = evidence.sources[source] ?? { healthy: [] };
    const because = (code: RefusalCode, expected: string, fix: string) => [
        refusal(code, { key: `fluxcd:sources.${source}.tag`, value: to.tag, expected, fix }),
    ];
    const kubectl = `kubectl --context ${evidence.context}`;
    if (failing && commitIn(failing.revision) === to.commit) {
        const expected = `${promotedFrom} fails at its commit ${to.commit}: ${failing.message}`;
        return because(
            "unhealthy",
            expected,
            `${kubectl} -n flux-system get kustomization ${failing.kustomization} --output yaml`,
        );
    }
    // A release that this stack already ran healthily needs no evidence from another stack.
    if (past?.own) {
        return [];
    }
    const known = healthy.filter(({ revision }) => commitIn(revision) === to.commit);
    const periods = known.length === 0 && past?.upstream ? [moment(past.upstream, to)] : known;
    const but = (past?.but ?? []).map((why) => `; ${why}`).join("");
    if (periods.length === 0) {
        const runs = healthy.find(({ until }) => until === undefined)?.revision ?? "nothing healthily";
        const expected = `${promotedFrom} is not known to have applied its commit ${to.commit} healthily; it runs ${runs}`;
        const fix = `npx fluxcd promote ${stack}   (proposes the running release of ${promotedFrom})`;
        return because("never-applied", `${expected}${but}`, fix);
    }
    const wanted = seconds(soak);
    // A revision that was running when the cluster last answered may have failed since then.
    const measured = evidence.unreachable === undefined ? periods : periods.filter(({ until }) => until !== undefined);
    if (wanted > 0 && measured.length === 0) {
        const expected = `how long ${promotedFrom} has run it is not known, and ${soak} is the soak: ${evidence.unreachable}`;
        return because("no-evidence", `${expected}${but}`, `${kubectl} get namespace kube-system`);
    }
    const longest = Math.max(...measured.map((period) => lasted(period, now)));
    // The clocks of two machines differ, so nothing is measured if there is no soak.
    if (wanted > 0 && longest < wanted) {
        const expected = `${promotedFrom} has run it healthily for ${inWords(longest)} of the ${soak} of fluxcd:promotion.soak`;
        const ready = new Date(now.getTime() + (wanted - longest) * 1000).toISOString();
        return because(
            "soak",
            `${expected}${but}`,
            `wait until ${ready}, or if it cannot wait: hotfix: true and a reason`,
        );
    }
    return [];
}

/** An update proves that the release was healthy at its end; the history does not show for how long. */
function moment({ tag, ended }: HealthyRun, { commit }: Release): HealthyRevision {
    return { revision: `${tag}@sha1:${commit}`, since: ended, until: ended };
}

function lasted({ since, until }: HealthyRevision, now: Date): number {
    return ((until === undefined ? now.getTime() : Date.parse(until)) - Date.parse(since)) / 1000;
}

function inWords(duration: number): string {
    const whole = Math.max(0, Math.floor(duration));
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    return `${h > 0 ? `${h}h` : ""}${m > 0 ? `${m}m` : ""}${s > 0 || whole === 0 ? `${s}s` : ""}`;
}
