import assert from "node:assert/strict";

import { createColors } from "picocolors";

import type { Promotion } from "../../../cli/history/promotions";
import type { EnvironmentStatus } from "../../../cli/status/gather";
import { asHtml } from "../../../cli/status/html";
import type { Behind, Releases } from "../../../cli/status/releases";
import { forTerminal } from "../../../cli/status/table";
import type { Problem } from "../../../domain/problem";
import { ago } from "../../../cli/status/words";

const now = new Date("2026-11-23T12:00:00Z");
const [a, b] = ["a".repeat(40), "b".repeat(40)];
const url = "https://github.com/misua/fluxcd-apps/compare/b...a";

const taken = (more: Partial<Promotion> = {}): Promotion => ({
    ...{ at: "2026-11-21T10:00:00.000Z", source: "apps", from: "staging-v1.1.0", to: "staging-v1.2.0" },
    ...{ kind: "promotion", reason: undefined, by: "Ada", commit: undefined, uncommitted: false, run: undefined },
    ...{ succeeded: true, ...more },
});
const behind = (more: Partial<Extract<Behind, { status: string }>> = {}): Behind => ({
    ...{ status: "behind", commits: 3, since: "2026-11-20T12:00:00Z", url, ...more },
});

function environment(stack: string, releases: Releases, more: Partial<EnvironmentStatus> = {}): EnvironmentStatus {
    const cluster = {
        healthy: true,
        controllers: [{ name: "c", version: "v1", ready: true }],
        sources: {},
        kustomizations: {},
    };
    return {
        ...{
            stack,
            environment: stack,
            context: stack,
            promotedFrom: undefined,
            releases,
            history: [],
            next: undefined,
        },
        ...{ cluster: { ...cluster, kubernetes: "v1.36.3" }, credentials: [], ...more },
    };
}

const release = (revision: string, more: Partial<Releases[string]> = {}) => ({
    ...{ revision, taken: undefined, behind: undefined, ...more },
});
const dev = environment("dev", { infrastructure: release(`main@sha1:${a}`), apps: release(`main@sha1:${a}`) });
const staging = environment(
    "staging",
    {
        infrastructure: release(`staging-v1.2.0@sha1:${a}`, { behind: behind({ status: "same", commits: 0 }) }),
        apps: release(`staging-v1.2.0@sha1:${b}`, { behind: behind(), taken: taken() }),
    },
    { promotedFrom: "dev", next: { from: "dev", upToDate: false, tags: { apps: "staging-v1.3.0" }, refused: [] } },
);
const refused: readonly Problem[] = [{ refusal: "soak", key: "fluxcd:sources.apps.tag", expected: "for 5m", fix: "" }];
const production = (name: string, more: Partial<EnvironmentStatus> = {}) =>
    environment(
        name,
        { apps: release(`prod-v1.1.0@sha1:${b}`, { behind: behind({ commits: 1, since: "2026-11-23T11:00:00Z" }) }) },
        {
            promotedFrom: "staging",
            next: { from: "staging", upToDate: false, tags: { apps: "prod-v1.2.0" }, refused },
            ...more,
        },
    );

const text = (...environments: EnvironmentStatus[]) => forTerminal(environments, createColors(false), now);

describe("The way of a release through all environments", () => {
    it("is a table with what each one runs, how far it is behind, who released it, and what may go next", () => {
        const [way] = text(dev, staging, production("production")).split("\n\n");
        assert.deepEqual(
            way?.split("\n").map((line) => line.split(/ {2,}/)),
            [
                ["", "infrastructure", "apps", "compared", "released", "next"],
                ["✓ dev", "main@aaaaaaa", "main@aaaaaaa"],
                [
                    "✓ staging",
                    "staging-v1.2.0@aaaaaaa",
                    "staging-v1.2.0@bbbbbbb",
                    "infrastructure as dev; apps 3 commits, 3 days behind dev",
                    "2 days ago by Ada",
                    "staging-v1.3.0",
                ],
                ["✓ production", "-", "prod-v1.1.0@bbbbbbb", "1 commit behind staging", "prod-v1.2.0, refused: soak"],
            ],
        );
    });

    it("is not shown for one environment", () => {
        assert.match(text(staging), /^✓ staging {2}Kubernetes/);
        assert.doesNotMatch(asHtml([staging], now), /<ol class="way"/);
    });

    for (const [changed, words] of [
        [{ status: "same", commits: 0, since: undefined }, "as staging"],
        [{ status: "ahead", commits: 2 }, "ahead of staging"],
        [{ status: "diverged", commits: 2 }, "on another line than staging"],
        [{ commits: 1, since: undefined }, "1 commit behind staging"],
        [{ commits: undefined }, "3 days behind staging"],
        [{ commits: undefined, since: undefined }, "behind staging"],
        [{ commits: 12, since: "2026-11-22T11:59:00Z" }, "12 commits, 1 day behind staging"],
    ] as const) {
        it(`says "${words}"`, () => {
            const releases = { apps: release(`prod-v1.1.0@sha1:${b}`, { behind: behind(changed) }) };
            const [way = ""] = text(dev, production("production", { releases })).split("\n\n");
            assert.ok(way.split("\n").at(-1)?.includes(`  ${words}  `), way);
            assert.ok(asHtml([dev, production("production", { releases })], now).includes(`>${words}</a>`));
        });
    }

    it("says if GitHub did not compare, and nothing without an upstream stack", () => {
        const releases = { apps: release(`prod-v1.1.0@sha1:${b}`, { behind: { unknown: "500" } }) };
        assert.match(text(dev, production("production", { releases })), /not compared with staging/);
        const alone = { releases, promotedFrom: undefined };
        assert.doesNotMatch(text(dev, production("production", alone)), /compared with/);
    });

    for (const [changed, words] of [
        [{ kind: "rollback", by: undefined }, "rolled back 2 days ago"],
        [{ kind: "hotfix" }, "hotfix 2 days ago by Ada"],
        [{ succeeded: false }, "2 days ago by Ada, failed"],
        [{ at: "2026-11-23T11:59:30Z" }, "just now by Ada"],
    ] as const) {
        it(`says "${words}"`, () => {
            const releases = { apps: release("prod-v1.1.0", { taken: taken(changed) }) };
            assert.match(text(dev, production("production", { releases })), new RegExp(`  ${words}  `));
        });
    }

    it("has one row for the clusters of an environment that run the same, and another for one that does not", () => {
        const twenty = Array.from({ length: 20 }, (_, index) => production(`production-${index}`));
        const ill = production("production-ill", { cluster: { unknown: "no answer" } });
        const shown = text(dev, staging, ...twenty, ill);
        const [way = ""] = shown.split("\n\n");
        assert.deepEqual(
            way
                .split("\n")
                .slice(1)
                .map((line) => line.split(/ {2,}/)[0]),
            ["✓ dev", "✓ staging", "✓ production-0, production-1, production-2 and 17 more", "✗ production-ill"],
        );
        // The details of so many are those of the ones to look at.
        assert.match(shown, /\n\n✗ production-ill {2}no answer\n/);
        assert.doesNotMatch(shown, /^✓ production-1 {2}Kubernetes/m);
        assert.match(
            shown,
            /\nHealthy: dev, staging, production-0 and 19 more\. Details: npx fluxcd status --stack dev\n$/,
        );
    });

    it("shows the details of six healthy environments", () => {
        const six = [dev, ...Array.from({ length: 5 }, (_, index) => production(`production-${index}`))];
        assert.equal(text(...six).match(/^✓ \S+ {2}Kubernetes/gm)?.length, 6);
        assert.doesNotMatch(text(...six), /Details:/);
    });
});

describe("The way of a release on the page", () => {
    it("leads to each environment, to GitHub's comparison, and has exact times", () => {
        const page = asHtml([dev, staging, production("production")], now);
        const [, way = ""] = /<ol class="way"[^>]*>([^]*?)<\/ol>/.exec(page) ?? [];
        assert.deepEqual(way.match(/(?<=<a href=")#[^"]*/g), ["#dev", "#staging", "#production"]);
        for (const stack of ["dev", "staging", "production"]) {
            assert.ok(page.includes(`<section id="${stack}">`), stack);
        }
        assert.ok(way.includes(`<a href="${url}">3 commits, 3 days behind dev</a>`), way);
        const at = "2026-11-21T10:00:00.000Z";
        assert.ok(way.includes(`<time datetime="${at}" title="${at}">2 days ago by Ada</time>`), way);
        assert.match(way, /<p class="busy">next: prod-v1\.2\.0, refused: soak<\/p>/);
        assert.match(way, /<p class="">next: staging-v1\.3\.0<\/p>/);
    });

    it("has a short history of each environment, with links to the runs, and no markup of others", () => {
        const history = [
            taken({ run: "https://github.com/misua/fluxcd/actions/runs/1", by: "<b>Ada" }),
            taken({
                kind: "rollback",
                reason: 'a "bad" image',
                by: undefined,
                run: "javascript:alert(1)",
                succeeded: false,
            }),
        ];
        const page = asHtml([{ ...staging, history }], now);
        const [, list = ""] = /<details><summary>History<\/summary>([^]*?)<\/details>/.exec(page) ?? [];
        assert.ok(list.includes('<a href="https://github.com/misua/fluxcd/actions/runs/1">&lt;b&gt;Ada</a>'), list);
        assert.ok(list.includes("apps staging-v1.1.0 → staging-v1.2.0 (promotion)"), list);
        assert.ok(
            list.includes('(rollback, <span class="bad">failed</span>) by unknown: a &quot;bad&quot; image'),
            list,
        );
        assert.doesNotMatch(page, /javascript:/);
        assert.doesNotMatch(asHtml([staging], now), /<details>/);
    });
});

describe("A time in the past", () => {
    for (const [at, words] of [
        ["2026-11-23T12:00:05Z", "just now"],
        ["2026-11-23T11:59:01Z", "just now"],
        ["2026-11-23T11:59:00Z", "1 min ago"],
        ["2026-11-23T11:00:01Z", "59 min ago"],
        ["2026-11-23T11:00:00Z", "1 h ago"],
        ["2026-11-21T12:00:01Z", "47 h ago"],
        ["2026-11-21T12:00:00Z", "2 days ago"],
        ["2025-11-23T12:00:00Z", "365 days ago"],
    ] as const) {
        it(`of ${at} is ${words} at ${now.toISOString()}`, () => {
            assert.equal(ago(at, now), words);
        });
    }
});
