import assert from "node:assert/strict";

import { assess } from "../../../cli/status/assess";
import type { EnvironmentStatus } from "../../../cli/status/gather";
import { asHtml } from "../../../cli/status/html";
import { ago } from "../../../cli/status/words";
import { type Config, readConfig } from "../../../config";
import { type Changed, cluster, commits, kustomization, ready, since, wanted } from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

describe("The HTML status page of all environments", () => {
    let config: Config;

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml");
        config = readConfig();
    });

    const at = new Date("2026-11-23T12:00:00Z");
    const page = (more: Partial<EnvironmentStatus> = {}, changed: Changed = {}): string => {
        const status: EnvironmentStatus = {
            stack: "staging",
            environment: "staging",
            context: "staging",
            promotedFrom: "dev",
            cluster: { ...assess(config, cluster(changed), commits), kubernetes: "v1.36.3" },
            credentials: [{ name: "GITHUB_TOKEN", state: "good", expires: "2026-12-20T10:00:00Z" }],
            releases: {},
            history: [],
            next: { from: "dev", upToDate: true },
        };
        return asHtml([{ ...status, ...more }], at);
    };

    it("begins with the verdict and the time of the report", () => {
        assert.match(page(), /<h1 class="good">All environments are healthy<\/h1>/);
        assert.match(page({ cluster: { unknown: "no answer" } }), /<h1 class="bad">Not healthy: staging<\/h1>/);
        assert.match(page(), /<time datetime="2026-11-23T12:00:00.000Z">2026-11-23 12:00:00 UTC<\/time>/);
    });

    it("shows the wanted and actual revision of each object, and since when", () => {
        const code = `<code title="${wanted}">staging-v1.0.0@bbbbbbb</code>`;
        const when = `<dt>since</dt><dd><time datetime="${since}" title="${since}">${ago(since, at)}</time></dd>`;
        const rows = (has: string) => `<dl><dt>wanted</dt><dd>${code}</dd><dt>${has}</dt><dd>${code}</dd>${when}</dl>`;
        const title = (name: string) => `<h3>${name} <span class="state good">ready</span></h3>\n`;
        for (const name of ["infrastructure", "apps"]) {
            assert.ok(page().includes(title(`GitRepository ${name}`) + rows("fetched")));
            assert.ok(page().includes(title(`Kustomization ${name}`) + rows("applied")));
        }
    });

    it("shows each problem with its fix, and the reasons to refuse the next release", () => {
        const refused = [{ refusal: "soak", key: "fluxcd:sources.apps.tag", expected: "for 5m", fix: "" }] as const;
        const next = { from: "dev", upToDate: false, tags: { apps: "staging-v1.1.0" }, refused } as const;
        const text = page({ next }, { kustomizations: { apps: undefined } });
        assert.match(
            text,
            /<p class="bad">the cluster has no Kustomization apps<\/p><pre>pulumi up --stack staging --refresh<\/pre>/,
        );
        assert.match(text, /Next release: staging-v1\.1\.0 from dev, refused:<\/p><ul><li>soak: for 5m<\/li>/);
    });

    it("contains no script and loads nothing", () => {
        assert.doesNotMatch(page(), /<script|<link|<img|https?:|url\(/);
    });

    it("escapes markup in messages of a cluster", () => {
        const markup = `<img src=x onerror="alert('x')">&`;
        const escaped = "&lt;img src=x onerror=&quot;alert(&#39;x&#39;)&quot;&gt;&amp;";
        assert.ok(page({ cluster: { unknown: markup } }).includes(escaped));
        const conditions = [{ ...ready, status: "False", reason: "BuildFailed", message: markup }];
        const apps = kustomization("apps", { status: { lastAppliedRevision: markup, conditions } });
        const text = page({}, { kustomizations: { apps } });
        assert.ok(text.includes(`<p class="bad">BuildFailed: ${escaped}</p>`), text);
        assert.ok(text.includes(`<dt>applied</dt><dd><code>${escaped}</code></dd>`), text);
        assert.doesNotMatch(text, /<img/);
    });
});
