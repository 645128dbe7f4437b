/** The two labs that specs run in side by side, because most of the time is waiting. */
export type Lab = "releases" | "flux";

export const labs: readonly Lab[] = ["releases", "flux"];

/** Each is run once in so many commits. */
export const turns = 3;

/**
 * What guards people from harm, and the main ways: from nothing, dev follows main, tags, promotion and its refusals,
 * exemptions, changed tags, suspension, destroy, rights, recovery, uninstall. A spec of `releases` goes on from where those
 * before it here have left its lab; each of the others can stand alone.
 */
export const always: readonly string[] = [
    "02-from-nothing",
    "03-dev-follows-main",
    "04-tags",
    "06-promotion",
    "08-destroy",
    "09-interrupted",
    "11-promotion-refused",
    "12-promotion",
    "13-exemptions",
    "14-changed-tags",
    "15-suspended",
    "20-prerequisites",
    "23-recovery",
    "24-uninstall",
    "90-secrets",
];

/** What came with the holes that the official providers showed: coming back, the gate, admission, other clusters, by hand, what exists. */
const guards = /^(4[6-9]|5[0-4])-/;

/** Looks at the whole run of its lab, so it is the last one of either. */
const last = "90-secrets";

export interface Choice {
    /** The specs of each lab, in their order. */
    readonly run: Readonly<Record<Lab, readonly string[]>>;
    /** Those of them whose turn it is with this commit. */
    readonly inTurn: readonly string[];
    /** What is left to other commits. */
    readonly left: readonly string[];
}

/** Every spec, each in its lab. */
export function all(specs: readonly string[]): Choice {
    return { run: inLabs(specs, () => true), inTurn: [], left: [] };
}

/**
 * What CI runs: the specs that always run, and a third of the others, told by the commit's hash. A spec that is nowhere
 * listed is one of the others.
 */
export function chosen(specs: readonly string[], commit: string): Choice {
    const turn = parseInt(commit.slice(0, 7), 16) % turns;
    if (Number.isNaN(turn)) {
        throw new Error(`${commit} is no commit's hash.`);
    }
    const others = inLabs(specs, (spec) => !isAlways(spec));
    // Counted in each lab, so that both have as much to do.
    const isTheirTurn = (_: string, index: number) => index % turns === turn;
    const inTurn = labs.flatMap((lab) => others[lab].filter(isTheirTurn));
    const run = inLabs(specs, (spec) => isAlways(spec) || inTurn.includes(spec));
    return { run, inTurn, left: labs.flatMap((lab) => others[lab]).filter((spec) => !inTurn.includes(spec)) };
}

function isAlways(spec: string): boolean {
    return always.includes(spec) || guards.test(spec);
}

function inLabs(specs: readonly string[], isWanted: (spec: string) => boolean): Record<Lab, string[]> {
    const wanted = specs.filter(isWanted).toSorted();
    const of = (lab: Lab) => wanted.filter((spec) => spec === last || labOf(spec) === lab);
    return { releases: of("releases"), flux: of("flux") };
}

/** The numbers up to 17 are one story, and the commands about it come after. */
function labOf(spec: string): Lab {
    return /^(0\d|1[0-7]|4[0-5])-/.test(spec) ? "releases" : "flux";
}
