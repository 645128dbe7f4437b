/**
 * What may run where: the rules of docs/promotion.md for one source of one stack, over a ledger of what happened. It shares no
 * code with the gate, which sees less: Flux's five entries, outputs, Pulumi's history, and what GitHub says.
 */

export interface Exemption {
    readonly kind: "rollback" | "hotfix";
    readonly reason: string;
}

export interface Standing {
    readonly tag: string;
    readonly version: number;
    readonly commit: string;
    readonly exemption: Exemption | undefined;
}

/** One reconciliation of a cluster. */
export interface Run {
    readonly at: number;
    readonly commit: string;
    readonly healthy: boolean;
}

/** An update that ended well: all of the stack, and nothing of it suspended. */
export interface Proof {
    readonly at: number;
    readonly tag: string;
    readonly commit: string;
    readonly pinned: boolean;
    readonly exemption: Exemption | undefined;
}

export interface Upstream {
    /** What its cluster did, oldest first, since Flux came; undefined where nobody can ask it. */
    readonly runs: readonly Run[] | undefined;
    /** The same as of its last update; undefined where it was never up, or is destroyed. */
    readonly recorded: readonly Run[] | undefined;
    readonly proofs: readonly Proof[];
}

export interface Asked {
    readonly now: number;
    readonly wanted: Standing & { readonly pinned: boolean };
    readonly standing: Standing | undefined;
    /** Whether the stack stands on anything, in either repository. */
    readonly standsOnNothing: boolean;
    readonly suspended: boolean;
    readonly frozen: boolean;
    /** How long a release must have run, in the unit of all times here. */
    readonly soak: number;
    readonly upstream: Upstream | undefined;
    readonly own: readonly Proof[];
    /** Whether the first commit is in the history of the second. */
    readonly isIn: (commit: string, other: string) => boolean;
    /** When the tag was made that there is now; undefined for one without a time. */
    readonly tagMade: (tag: string) => number | undefined;
    readonly tagCommit: (tag: string) => string | undefined;
}

/** The rules that refuse the release; none where the stack may take it. */
export function refusals(asked: Asked): readonly string[] {
    const { wanted, standing, suspended, frozen } = asked;
    if (standing?.tag === wanted.tag && standing.commit === wanted.commit) {
        return [];
    }
    if (standing?.tag === wanted.tag && !wanted.pinned) {
        return ["moved-tag"];
    }
    const { exemption } = wanted;
    const comesBack = isBack(asked);
    return [
        ...(suspended ? ["suspended"] : []),
        ...(exemption && isSame(standing?.exemption, exemption) ? ["leftover"] : []),
        ...direction(asked, comesBack),
        ...(frozen && !exemption ? ["freeze"] : []),
        ...(exemption ? [] : before(asked, comesBack)),
    ];
}

/**
 * What holds for an update of some resources only. The release must be part of it where it changes, and so must be all that
 * takes it.
 */
export function targetedRefuses(changes: boolean, targeted: "release left out" | "source left out" | "all"): boolean {
    return changes && targeted !== "all";
}

function isSame(one: Exemption | undefined, other: Exemption | undefined): boolean {
    return one?.kind === other?.kind && one?.reason === other?.reason;
}

function direction({ wanted, standing, isIn }: Asked, comesBack: boolean): readonly string[] {
    const { exemption } = wanted;
    if (!standing) {
        return exemption?.kind === "rollback" && !comesBack ? ["leftover"] : [];
    }
    const isEarlier = wanted.commit !== standing.commit && isIn(wanted.commit, standing.commit);
    const goesBack = isEarlier || wanted.version < standing.version;
    const losesSomething = !isIn(standing.commit, wanted.commit) && !isEarlier;
    if (exemption?.kind === "rollback") {
        return goesBack || losesSomething ? [] : ["leftover"];
    }
    if (goesBack) {
        return ["backwards"];
    }
    return losesSomething && !exemption && standing.exemption?.kind !== "hotfix" ? ["diverged"] : [];
}

/** A stack that stands on nothing comes back to what it ran last, with the exemption that was of it or with none. */
function isBack({ standsOnNothing, own, wanted, tagMade }: Asked): boolean {
    const last = own.at(-1);
    if (!standsOnNothing || last?.tag !== wanted.tag || last.commit !== wanted.commit) {
        return false;
    }
    const isWhereItWas = last.pinned || (tagMade(last.tag) ?? Infinity) <= last.at;
    return isWhereItWas && (!wanted.exemption || isSame(wanted.exemption, last.exemption));
}

function before(asked: Asked, comesBack: boolean): readonly string[] {
    const { upstream, wanted, soak, now, tagMade, tagCommit } = asked;
    if (!upstream) {
        return [];
    }
    const { runs, recorded, proofs } = upstream;
    const commit = wanted.commit;
    const asksCluster = recorded !== undefined && runs !== undefined;
    const last = asksCluster ? runs.at(-1) : undefined;
    if (last?.commit === commit && !last.healthy) {
        return ["unhealthy"];
    }
    if (comesBack) {
        return [];
    }
    const live = asksCluster ? periods(runs) : [];
    const remembered = periods(recorded ?? []).filter(
        (it) => !asksCluster || (it.until !== undefined && !live.some((other) => other.commit === it.commit)),
    );
    const known = [...live, ...remembered].filter((it) => it.commit === commit);
    const proved = proofs.some(
        (it) =>
            it.commit === commit &&
            (it.pinned || (tagCommit(it.tag) === commit && (tagMade(it.tag) ?? Infinity) <= lastWith(proofs, it.tag))),
    );
    if (known.length === 0) {
        // A moment of health is proof of health, and of no time.
        return proved ? (soak > 0 ? ["soak"] : []) : [recorded ? "never-applied" : "no-evidence"];
    }
    // What was still running when nobody could ask any more may have failed since.
    const measured = asksCluster ? known : known.filter(({ until }) => until !== undefined);
    if (soak > 0 && measured.length === 0) {
        return ["no-evidence"];
    }
    const longest = Math.max(0, ...measured.map(({ since, until }) => (until ?? now) - since));
    return soak > 0 && longest < soak ? ["soak"] : [];
}

function lastWith(proofs: readonly Proof[], tag: string): number {
    return Math.max(...proofs.filter((it) => it.tag === tag && !it.pinned).map(({ at }) => at));
}

interface Period {
    readonly commit: string;
    readonly since: number;
    readonly until: number | undefined;
}

/** Flux remembers the five latest results. A commit is healthy from its first run, or from the last other result after that. */
function periods(runs: readonly Run[]): readonly Period[] {
    const nameOf = ({ commit, healthy }: Run) => `${commit} ${healthy}`;
    const names = [...new Set(runs.toReversed().map(nameOf))].slice(0, 5);
    return names.flatMap((name): Period[] => {
        const end = runs.findLastIndex((run) => nameOf(run) === name);
        const last = runs[end];
        if (!last?.healthy) {
            return [];
        }
        const other = runs.slice(0, end).findLast((run) => nameOf(run) !== name);
        const first = runs.find((run) => nameOf(run) === name && run.at >= (other?.at ?? 0));
        const isOngoing = end === runs.length - 1;
        return [{ commit: last.commit, since: first?.at ?? last.at, until: isOngoing ? undefined : last.at }];
    });
}
