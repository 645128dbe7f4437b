import assert from "node:assert/strict";

import { everyUpdate } from "../../../clients/stackHistory";
import { promotionsOf } from "../../../cli/history/promotions";

interface Given {
    readonly infrastructure?: object;
    readonly apps?: object;
    /** Other sources of the stack file. */
    readonly others?: object;
    readonly kind?: string;
    readonly result?: string;
    readonly resourceChanges?: Record<string, number>;
    readonly environment?: Record<string, string>;
}

/** What pulumi prints of some updates, the oldest first; it prints the newest first. */
function history(...updates: readonly Given[]): unknown {
    return updates
        .map(({ infrastructure = { tag: "prod-v1.0.0" }, apps = { tag: "prod-v1.0.0" }, others, ...more }, minute) => ({
            version: 0,
            kind: "update",
            startTime: `2026-11-23T12:${String(minute).padStart(2, "0")}:00.000Z`,
            result: "succeeded",
            environment: { "git.author": "Ada", "git.head": "abc", "git.dirty": "false" },
            config: {
                "fluxcd:context": { value: "production", secret: false },
                "fluxcd:sources": { value: "", objectValue: { infrastructure, apps, ...others }, secret: false },
            },
            resourceChanges: { same: 50, update: 3 },
            ...more,
        }))
        .toReversed();
}

const sources = ["infrastructure", "apps"];
const shown = (updates: unknown, of = sources) =>
    promotionsOf(updates, of).map(({ at, source, from, to, kind, reason, succeeded }) =>
        [at.slice(14, 16), source, from, to, kind, reason, succeeded ? "" : "failed"].join(" ").trim(),
    );

describe("The history of a stack", () => {
    it("is empty before the first update", () => {
        assert.deepEqual(promotionsOf([], sources), []);
    });

    it("begins with the first release of each source, newest first", () => {
        assert.deepEqual(shown(history({})), ["00 apps  prod-v1.0.0 first", "00 infrastructure  prod-v1.0.0 first"]);
    });

    it("leaves out updates that change no release", () => {
        assert.equal(promotionsOf(history({}, {}, { kind: "refresh" }, { kind: "preview" }), sources).length, 2);
    });

    it("names the author, the time, both releases, the kind and the reason", () => {
        const updates = history(
            {},
            { apps: { tag: "prod-v1.1.0" } },
            { apps: { tag: "prod-v1.0.0", rollback: true, reason: "it leaks memory" } },
            { apps: { tag: "prod-v1.1.1", hotfix: true, reason: "CVE-2026-1234" } },
        );
        assert.deepEqual(shown(updates).slice(0, 3), [
            "03 apps prod-v1.0.0 prod-v1.1.1 hotfix CVE-2026-1234",
            "02 apps prod-v1.1.0 prod-v1.0.0 rollback it leaks memory",
            "01 apps prod-v1.0.0 prod-v1.1.0 promotion",
        ]);
        const [{ by, commit, uncommitted, run } = assert.fail()] = promotionsOf(updates, sources);
        assert.deepEqual([by, commit, uncommitted, run], ["Ada", "abc", false, undefined]);
    });

    it("names the CI run, and says if the checkout had uncommitted changes", () => {
        const environment = { "git.dirty": "true", "ci.build.url": "https://ci.example.com/1" };
        const [{ by, uncommitted, run } = assert.fail()] = promotionsOf(history({ environment }), sources);
        assert.deepEqual([by, uncommitted, run], [undefined, true, "https://ci.example.com/1"]);
    });

    it("includes a release that failed in the cluster, and continues from it", () => {
        const updates = history(
            {},
            { apps: { tag: "prod-v1.1.0" }, result: "failed" },
            { apps: { tag: "prod-v1.0.0", rollback: true, reason: "it crashes" } },
        );
        assert.deepEqual(shown(updates).slice(0, 2), [
            "02 apps prod-v1.1.0 prod-v1.0.0 rollback it crashes",
            "01 apps prod-v1.0.0 prod-v1.1.0 promotion  failed",
        ]);
    });

    it("counts a release that a later update completed as succeeded, at the time and by the person of the first", () => {
        const slow = { apps: { tag: "prod-v1.1.0" }, result: "failed" };
        const again = { apps: { tag: "prod-v1.1.0" }, environment: { "git.author": "Bob" } };
        const [{ by, succeeded } = assert.fail()] = promotionsOf(history({}, slow, again), sources);
        assert.deepEqual([by, succeeded], ["Ada", true]);
        assert.equal(shown(history({}, slow, again))[0], "01 apps prod-v1.0.0 prod-v1.1.0 promotion");
        assert.equal(shown(history({}, slow, slow))[0], "01 apps prod-v1.0.0 prod-v1.1.0 promotion  failed");
        const undone = history({}, slow, {}, again);
        assert.deepEqual(shown(undone).slice(0, 3), [
            "03 apps prod-v1.0.0 prod-v1.1.0 promotion",
            "02 apps prod-v1.1.0 prod-v1.0.0 promotion",
            "01 apps prod-v1.0.0 prod-v1.1.0 promotion  failed",
        ]);
    });

    it("leaves out a refused release, as it changed nothing", () => {
        const refused = { apps: { tag: "prod-v9.9.9" }, result: "failed", resourceChanges: { same: 1 } };
        const updates = history({}, refused, { apps: { tag: "prod-v1.1.0" } });
        assert.deepEqual(shown(updates)[0], "02 apps prod-v1.0.0 prod-v1.1.0 promotion");
        assert.equal(promotionsOf(updates, sources).length, 3);
    });

    it("includes every promoted source, and no other source", () => {
        const others = (version: string) => ({
            platform: { repository: "fluxcd-platform", promoted: true, tag: `prod-v${version}` },
            flagger: { url: "https://github.com/fluxcd/flagger", semver: ">=1.0.0" },
            podinfo: { url: "https://github.com/stefanprodan/podinfo", tag: version },
        });
        const updates = history({}, { others: others("1.0.0") }, { others: others("1.1.0"), apps: { branch: "main" } });
        assert.deepEqual(shown(updates, [...sources, "platform"]), [
            "02 platform prod-v1.0.0 prod-v1.1.0 promotion",
            "02 apps prod-v1.0.0 main promotion",
            "01 platform  prod-v1.0.0 first",
            "00 apps  prod-v1.0.0 first",
            "00 infrastructure  prod-v1.0.0 first",
        ]);
        assert.doesNotMatch(shown(updates).join(), /platform|flagger|podinfo/);
    });

    it("remembers the release of a source while the stack file does not name the source", () => {
        const platform = (tag: string) => ({ others: { platform: { tag } } });
        const updates = history(platform("prod-v1.0.0"), {}, platform("prod-v1.1.0"));
        assert.deepEqual(shown(updates, ["platform"]), [
            "02 platform prod-v1.0.0 prod-v1.1.0 promotion",
            "00 platform  prod-v1.0.0 first",
        ]);
    });

    it("ends with a destroy and starts again after it", () => {
        const updates = history({}, { kind: "destroy", resourceChanges: { delete: 50 } }, {});
        assert.deepEqual(shown(updates).slice(0, 4), [
            "02 apps  prod-v1.0.0 first",
            "02 infrastructure  prod-v1.0.0 first",
            "01 apps prod-v1.0.0  destroy",
            "01 infrastructure prod-v1.0.0  destroy",
        ]);
    });

    it("follows a source from a branch to a tag and back", () => {
        const updates = history({ apps: { branch: "main" } }, {}, { apps: { branch: "main" } });
        assert.deepEqual(shown(updates).slice(0, 2), [
            "02 apps prod-v1.0.0 main promotion",
            "01 apps main prod-v1.0.0 promotion",
        ]);
    });

    for (const [title, between, promoted] of [
        ["ten updates without a change of release after the last promotion", 10, 2],
        ["99 updates between two promotions", 99, 2],
        ["100 updates between two promotions", 100, 3],
        ["250 updates between two promotions", 250, 3],
        ["no update between many promotions", 0, 101],
        ["no update between very many promotions", 0, 250],
    ] as const) {
        it(`has every promotion with its time, author and origin: ${title}`, async () => {
            const releases = Array.from({ length: promoted }, (_, at) => ({ tag: `prod-v1.${at}.0` }));
            const updates = releases.flatMap((apps, at) => [
                { apps, environment: { "git.author": `person ${at}` } },
                ...Array.from({ length: between }, () => ({ apps, environment: { "git.author": "ci-bot" } })),
            ]);
            const start = Date.parse("2026-01-01T00:00:00Z");
            const printed = (history(...updates) as { startTime: string }[]).map((update, at, { length }) => ({
                ...update,
                startTime: new Date(start + (length - at) * 60_000).toISOString(),
            }));
            const pulumi = (...args: string[]) => {
                const [size, page] = [Number(args.at(-3)), Number(args.at(-1))];
                return Promise.resolve(JSON.stringify(printed.slice((page - 1) * size, page * size)));
            };
            const found = promotionsOf(await everyUpdate(pulumi, "production"), ["apps"]);
            const expected = releases
                .map(({ tag }, at) => ({
                    ...{ at: new Date(start + (at * (between + 1) + 1) * 60_000).toISOString() },
                    ...{ by: `person ${at}`, from: at === 0 ? undefined : `prod-v1.${at - 1}.0`, to: tag },
                    kind: at === 0 ? "first" : "promotion",
                }))
                .toReversed();
            assert.deepEqual(
                found.map(({ at, by, from, to, kind }) => ({ at, by, from, to, kind })),
                expected,
            );
        });
    }
});
