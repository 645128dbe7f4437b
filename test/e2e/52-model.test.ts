import assert from "node:assert/strict";

import * as fc from "fast-check";

import { refusalCodes } from "../../domain/problem";
import { type Asked, type Exemption, refusals, type Standing } from "../promotion/model";
import { devFile } from "./support/dev";
import { Clone } from "./support/git";
import { alone, standing as standingOn } from "./support/promotion";
import { type Result, tail } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

/** How many updates are drawn, and by which seed; the same seed draws the same again. */
const updates = Number(process.env.FLUXCD_UPDATES ?? 24);
const seed = Number(process.env.FLUXCD_SEED ?? 20_26);

const infrastructure = "staging-v70.1.0";
const tagOf = (version: number) => `staging-v70.${version}.0`;

/** The releases of the apps by version. The last one is aside: it contains the second, and not the third. */
const parents: Readonly<Record<number, readonly number[]>> = { 1: [], 2: [1], 3: [1, 2], 4: [1, 2, 3], 5: [1, 2] };
const aside = 5;

interface Update {
    readonly version: number;
    readonly exemption: Exemption | undefined;
    readonly suspended: boolean;
    readonly frozen: boolean;
    /** Carried out if nothing refuses it, and not only previewed. */
    readonly carriedOut: boolean;
}

const often = <T>(value: T, ...others: T[]) =>
    fc.oneof({ arbitrary: fc.constant(value), weight: 3 }, { arbitrary: fc.constantFrom(...others), weight: 1 });

const exemption = fc.record({
    kind: fc.constantFrom("rollback" as const, "hotfix" as const),
    reason: fc.constantFrom("orders are lost", "CVE-2026-1234"),
});
const drawn: fc.Arbitrary<Update> = fc.record({
    version: fc.constantFrom(1, 2, 3, 4, aside),
    exemption: fc.option(exemption, { nil: undefined, freq: 2 }),
    suspended: often(false, true),
    frozen: often(false, true),
    carriedOut: fc.boolean(),
});

function day(from: number): string {
    return new Date(Date.now() + from * 24 * 3600_000).toISOString().slice(0, 10);
}

function settings({ version, exemption, suspended, frozen }: Update): string[] {
    const exempt = exemption && { [exemption.kind]: true, reason: exemption.reason };
    const freezes = frozen ? [{ from: day(-1), to: day(1), reason: "an audit" }] : [];
    return standingOn("staging", {
        infrastructure: { tag: infrastructure },
        apps: { tag: tagOf(version), ...exempt, ...(suspended && { suspend: true }) },
        set: { ...alone, "fluxcd:promotion.freezes": freezes },
    });
}

/** The rules by which a run was refused. */
function rulesIn({ output }: Result): string[] {
    const found = refusalCodes.filter((code) => new RegExp(`^\\s+${code}: `, "m").test(output));
    return [...found].sort();
}

describe("staging, by updates that are drawn", () => {
    const commits = new Map<number, string>();
    const versions = new Map<string, number>();
    let standing: Standing;

    const release = (version: number, exemption?: Exemption): Standing => ({
        ...{ tag: tagOf(version), version, exemption },
        commit: commits.get(version) ?? "",
    });
    const isIn = (commit: string, other: string) => {
        const [one, two] = [versions.get(commit) ?? 0, versions.get(other) ?? 0];
        return one === two || (parents[two] ?? []).includes(one);
    };
    const asked = (update: Update): Asked => ({
        ...{ now: 0, standing, standsOnNothing: false, soak: 0, upstream: undefined, own: [], isIn },
        wanted: { ...release(update.version, update.exemption), pinned: false },
        suspended: update.suspended,
        frozen: update.frozen,
        tagMade: () => 0,
        tagCommit: () => undefined,
    });

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await (await Clone.of("fluxcd-infrastructure")).tag(infrastructure);
        const clone = await Clone.of("fluxcd-apps");
        const tagged = async (version: number) => {
            clone.write("model.txt", `${version}\n`);
            await clone.git("add", "--all");
            await clone.git("commit", "--quiet", "-m", tagOf(version));
            await clone.tag(tagOf(version));
            const commit = await clone.head();
            commits.set(version, commit);
            versions.set(commit, version);
        };
        for (const version of [1, 2, 3, 4]) {
            await tagged(version);
        }
        await clone.git("checkout", "--quiet", "--detach", tagOf(2));
        await tagged(aside);
        const first: Update = { version: 1, exemption: undefined, suspended: false, frozen: false, carriedOut: true };
        await mustPulumi("up -y --skip-preview", "staging", settings(first));
        standing = release(1);
    });

    fc.sample(drawn, { numRuns: updates, seed }).forEach((update, at) => {
        const { version, exemption, suspended, frozen } = update;
        const how = [exemption?.kind, suspended && "suspended", frozen && "in a freeze"].filter(Boolean).join(", ");
        it(`takes or refuses ${tagOf(version)} as the model says, as update ${at + 1}${how && ` (${how})`}`, async () => {
            const expected = refusals(asked(update));
            const carriedOut = update.carriedOut && expected.length === 0 && !suspended;
            const result = await pulumi(carriedOut ? "up -y --skip-preview" : "preview", "staging", settings(update));
            assert.deepEqual(rulesIn(result), [...expected].sort(), tail(result.output));
            assert.equal(result.code === 0, expected.length === 0, tail(result.output));
            if (carriedOut) {
                standing = release(version, exemption);
            }
        });
    });
});
