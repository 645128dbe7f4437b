import assert from "node:assert/strict";

import fc from "fast-check";

import { healthyRuns } from "../../promotion/healthyRuns";

interface Given {
    readonly apps?: object;
    readonly kustomizations?: object;
    readonly kind?: string;
    readonly result?: string;
    readonly environment?: Record<string, string>;
    readonly more?: Record<string, string>;
    readonly endTime?: string | undefined;
}

const minute = (at: number) => `2026-11-23T12:${String(at).padStart(2, "0")}`;

/** A setting that is no text, as pulumi prints it. */
const setting = (objectValue: object) => ({ value: JSON.stringify(objectValue), objectValue, secret: false });

/** What pulumi prints of some updates, the oldest first and one a minute; it prints the newest first. */
function history(...updates: readonly Given[]): unknown[] {
    return updates
        .map(({ apps = { tag: "staging-v1.0.0" }, kustomizations = {}, more = {}, ...given }, at) => ({
            version: 0,
            kind: "update",
            startTime: `${minute(at)}:00.000Z`,
            endTime: `${minute(at)}:30.000Z`,
            result: "succeeded",
            environment: { "pulumi.flag.yes": "true" },
            config: {
                "github:owner": { value: "misua", secret: false },
                "fluxcd:sources": setting({ infrastructure: { tag: "staging-v0.1.0" }, apps }),
                "fluxcd:kustomizations": setting(kustomizations),
                "fluxcd:slack": { secret: true },
                ...Object.fromEntries(Object.entries(more).map(([key, value]) => [key, { value, secret: false }])),
            },
            ...given,
        }))
        .toReversed();
}

const here = { owner: "misua", environment: "staging" };
const tags = (...updates: readonly Given[]) =>
    healthyRuns(history(...updates), "staging", "apps", here).map(({ tag, commit }) => `${tag}${commit ?? ""}`);

describe("healthyRuns", () => {
    it("returns nothing before the first update", () => {
        assert.deepEqual(tags(), []);
    });

    it("returns the releases of the updates, newest first, each with its last update", () => {
        const found = healthyRuns(
            history({}, { apps: { tag: "staging-v1.1.0" } }, { apps: { tag: "staging-v1.1.0" } }),
            "staging",
            "apps",
            here,
        );
        assert.deepEqual(found, [
            {
                tag: "staging-v1.1.0",
                commit: undefined,
                exemption: undefined,
                began: Date.parse("2026-11-23T12:02:00Z"),
                ended: "2026-11-23T12:02:30.000Z",
            },
            {
                tag: "staging-v1.0.0",
                commit: undefined,
                exemption: undefined,
                began: Date.parse("2026-11-23T12:00:00Z"),
                ended: "2026-11-23T12:00:30.000Z",
            },
        ]);
    });

    it("keeps releases after a destroy", () => {
        assert.deepEqual(tags({}, { kind: "destroy" }), ["staging-v1.0.0"]);
    });

    it("includes the exemption of a release", () => {
        const apps = { tag: "staging-v0.9.0", rollback: true, reason: "it leaks" };
        const [found] = healthyRuns(history({ apps }), "staging", "apps", here);
        assert.deepEqual(found?.exemption, { kind: "rollback", reason: "it leaks" });
    });

    it("distinguishes one tag at two pinned commits", () => {
        const pinned = (commit: string) => ({ apps: { tag: "staging-v1.0.0", commit } });
        assert.deepEqual(tags(pinned("a"), pinned("b")), ["staging-v1.0.0b", "staging-v1.0.0a"]);
    });

    const other = { apps: { tag: "staging-v2.0.0" } };
    for (const [title, update] of [
        ["an update that failed or was refused", { ...other, result: "failed" }],
        ["an update that still runs", { ...other, result: "in-progress", endTime: undefined }],
        ["a preview", { ...other, kind: "preview" }],
        ["a refresh", { ...other, kind: "refresh" }],
        ["a destroy", { ...other, kind: "destroy" }],
        ["an import", { ...other, kind: "import" }],
        ["a targeted update (--target)", { ...other, environment: { "pulumi.flag.target": "set" } }],
        ["an update that excludes resources (--exclude)", { ...other, environment: { "pulumi.flag.exclude": "set" } }],
        ["an update while the source was suspended", { apps: { ...other.apps, suspend: true } }],
        ["an update while its Kustomization was suspended", { ...other, kustomizations: { apps: { suspend: true } } }],
        [
            "an update while another Kustomization of the source was suspended",
            { ...other, kustomizations: { charts: { source: "apps", path: "./charts", suspend: true } } },
        ],
        ["an update while everything was suspended", { ...other, more: { "fluxcd:suspend": "true" } }],
        ["an update from another owner's repositories", { ...other, more: { "github:owner": "someone" } }],
        ["an update as another environment", { ...other, more: { "fluxcd:environment": "qa" } }],
        ["an update that followed a branch", { apps: { branch: "main" } }],
        ["an update with an invalid tag", { apps: { tag: 1 } }],
    ] as [string, Given][]) {
        it(`ignores ${title}`, () => {
            assert.deepEqual(tags({}, update), ["staging-v1.0.0"]);
        });
    }

    for (const [title, kustomizations] of [
        ["only another source's own Kustomization was suspended", { infrastructure: { suspend: true } }],
        [
            "only an additional Kustomization of another source was suspended",
            { charts: { source: "infrastructure", suspend: true } },
        ],
        [
            "the suspended Kustomization has the source's name but applies another source",
            { apps: { source: "infrastructure", suspend: true } },
        ],
        ["its Kustomization's suspend setting is false", { apps: { suspend: false } }],
    ] as const) {
        it(`counts an update if ${title}`, () => {
            assert.deepEqual(tags({}, { ...other, kustomizations }), ["staging-v2.0.0", "staging-v1.0.0"]);
        });
    }

    describe("of the infrastructure", () => {
        const runs = (kustomizations: object) =>
            healthyRuns(history({ kustomizations }), "staging", "infrastructure", here).map(({ tag }) => tag);

        it("ignore an update while its second Kustomization, which names no source, was suspended", () => {
            assert.deepEqual(runs({ "infrastructure-configs": { suspend: true } }), []);
        });

        it("count an update while its second Kustomization was left out, suspended or not", () => {
            assert.deepEqual(runs({ "infrastructure-configs": { enabled: false } }), ["staging-v0.1.0"]);
            assert.deepEqual(runs({ "infrastructure-configs": { enabled: false, suspend: true } }), ["staging-v0.1.0"]);
        });

        it("count an update while a second Kustomization of another source was suspended", () => {
            const moved = { "infrastructure-configs": { source: "apps", suspend: true } };
            assert.deepEqual(runs(moved), ["staging-v0.1.0"]);
        });
    });

    it("returns only the releases of the source asked for", () => {
        assert.deepEqual(
            healthyRuns(history({}), "staging", "infrastructure", here).map(({ tag }) => tag),
            ["staging-v0.1.0"],
        );
        assert.deepEqual(healthyRuns(history({}), "staging", "platform", here), []);
    });

    it("returns each tag of a successful update once, and no other tag, for any history", () => {
        const updates = fc.array(
            fc.record({
                tag: fc.constantFrom("staging-v1.0.0", "staging-v1.1.0", "staging-v1.2.0"),
                kind: fc.constantFrom("update", "destroy", "refresh"),
                result: fc.constantFrom("succeeded", "failed"),
            }),
            { maxLength: 30 },
        );
        fc.assert(
            fc.property(updates, (drawn) => {
                const found = tags(...drawn.map(({ tag, ...more }) => ({ apps: { tag }, ...more })));
                const proved = drawn.filter(({ kind, result }) => kind === "update" && result === "succeeded");
                assert.deepEqual(found, [...new Set(proved.toReversed().map(({ tag }) => tag))]);
            }),
        );
    });

    it("throws if pulumi prints an unknown format, so that no release is accepted", () => {
        assert.throws(() => healthyRuns([{ updates: [] }], "staging", "apps", here));
    });
});
