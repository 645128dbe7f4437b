import assert from "node:assert/strict";

import { createColors } from "picocolors";

import { assess, type Assessment } from "../../../cli/status/assess";
import { type EnvironmentStatus, inOrder } from "../../../cli/status/gather";
import { asHtml } from "../../../cli/status/html";
import { forTerminal } from "../../../cli/status/table";
import { ago } from "../../../cli/status/words";
import { type Config, readConfig } from "../../../config";
import type { Ref } from "../../../domain/release";
import {
    canaries,
    type Changed,
    cluster,
    commits,
    flagger,
    kustomization,
    liveCanaries,
    liveFlagger,
    ready,
    since,
    specOf,
    stagingWith,
    wanted,
} from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

const at = new Date("2026-11-23T12:00:00Z");
const plain = (...environments: EnvironmentStatus[]) => forTerminal(environments, createColors(false), at);

describe("The printed status of an environment", () => {
    let config: Config;

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml");
        config = readConfig();
    });

    const status = (changed: Partial<EnvironmentStatus> = {}): EnvironmentStatus => ({
        stack: "staging",
        environment: "staging",
        context: "staging",
        promotedFrom: "dev",
        cluster: { ...assess(config, cluster(), commits), kubernetes: "v1.36.3" },
        credentials: [{ name: "GITHUB_TOKEN", state: "good", expires: "2026-12-20T10:00:00Z" }],
        releases: {},
        history: [],
        next: { from: "dev", upToDate: true },
        ...changed,
    });
    const withCluster = (changed: Changed) =>
        status({ cluster: { ...assess(config, cluster(changed), commits), kubernetes: "v1.36.3" } });
    const withCanaries = (changed: Changed = {}) => {
        useStackFile("Pulumi.staging.yaml", stagingWith({ flagger }, { canaries }));
        config = readConfig();
        return withCluster({
            sources: { flagger: liveFlagger, ...changed.sources },
            kustomizations: { canaries: liveCanaries, ...changed.kustomizations },
        });
    };

    it("has a line for each source, each Kustomization and the next release", () => {
        const release = "staging-v1.0.0@bbbbbbb  staging-v1.0.0@bbbbbbb";
        assert.equal(
            plain(status()),
            [
                "✓ staging  Kubernetes v1.36.3, 1 controller ready",
                "                                         wanted                  revision                state",
                `  GitRepository  infrastructure          ${release}  ready, ${ago(since, at)}`,
                `  GitRepository  apps                    ${release}  ready, ${ago(since, at)}`,
                `  Kustomization  infrastructure          ${release}  ready, ${ago(since, at)}`,
                `  Kustomization  infrastructure-configs  ${release}  ready, ${ago(since, at)}`,
                `  Kustomization  apps                    ${release}  ready, ${ago(since, at)}`,
                "  · GITHUB_TOKEN: expires 2026-12-20, in 26 days",
                "  next: nothing, it already has the release of dev",
                "",
            ].join("\n"),
        );
    });

    it("has lines for additional objects of the stack file, and none for objects of others", () => {
        const objects = { sources: { flagger: liveFlagger }, kustomizations: { canaries: liveCanaries } };
        assert.doesNotMatch(plain(withCluster(objects)), /flagger|canaries/);
        assert.doesNotMatch(asHtml([withCluster(objects)], at), /flagger|canaries/);
        const found = withCanaries();
        const rest = `v1\\.2\\.0 +v1\\.2\\.0@bbbbbbb +ready, ${ago(since, at)}$`;
        assert.match(plain(found), new RegExp(`^ {2}GitRepository +flagger +${rest}`, "m"));
        assert.match(plain(found), new RegExp(`^ {2}Kustomization +canaries +${rest}`, "m"));
        assert.match(plain(found), /^✓ staging/);
        const page = asHtml([found], at);
        assert.match(page, /<h3>GitRepository flagger <span class="state good">ready<\/span><\/h3>/);
        assert.match(page, /<h3>Kustomization canaries <span class="state good">ready<\/span><\/h3>/);
    });

    it("shortens a commit that is the revision of no branch or tag", () => {
        const ref: Ref = { commit: wanted };
        const status = { ...liveFlagger.status, artifact: { revision: `sha1:${wanted}` } };
        withCanaries();
        const { flagger: settings = assert.fail() } = config.sources;
        config = { ...config, sources: { ...config.sources, flagger: { ...settings, ref } } };
        const live = { ...liveFlagger, spec: { ...liveFlagger.spec, ref }, status };
        const found = withCluster({ sources: { flagger: live }, kustomizations: { canaries: liveCanaries } });
        assert.match(plain(found), /^ {2}GitRepository +flagger +bbbbbbb +bbbbbbb +ready, /m);
        const [, article = ""] = asHtml([found], at).split("<h3>GitRepository flagger ");
        const code = `<code title="${wanted}">bbbbbbb</code>`;
        assert.ok(article.includes(`<dt>wanted</dt><dd>${code}</dd><dt>fetched</dt><dd>${code}</dd>`), article);
    });

    it("names the controller that is not ready and the missing object, with the fix", () => {
        const facts = {
            ...cluster({ kustomizations: { apps: undefined } }),
            controllers: [{ name: "helm-controller", version: "v1", ready: false }],
        };
        const found: Assessment = assess(config, facts, commits);
        const text = plain(status({ cluster: { ...found, kubernetes: "v1.36.3" } }));
        assert.match(text, /^✗ staging {2}Kubernetes v1\.36\.3, not ready: helm-controller$/m);
        assert.match(text, /^ {2}Kustomization +apps +staging-v1\.0\.0@bbbbbbb +- +missing$/m);
        assert.match(
            text,
            /^ {2}! Kustomization apps: the cluster has no Kustomization apps\n {4}fix: pulumi up --stack staging --refresh$/m,
        );
    });

    it("says that Flux is not installed, names the fix and lists no objects", () => {
        const found = assess(config, { ...cluster({}), controllers: [] }, commits);
        assert.equal(
            plain(status({ cluster: { ...found, kubernetes: "v1.36.3" }, credentials: [], next: undefined })),
            "✗ staging  Kubernetes v1.36.3, Flux is not installed\n    fix: pulumi up --stack staging\n",
        );
    });

    it("repeats Flux's message of a failure, with a command that shows more", () => {
        const message = "kustomize build failed: no such resource";
        const conditions = [{ ...ready, status: "False", reason: "BuildFailed", message }];
        const failing = { ...liveCanaries, status: { ...liveCanaries.status, conditions } };
        const found = withCanaries({ kustomizations: { canaries: failing } });
        const text = plain(found);
        assert.match(text, /^✗ staging/);
        assert.match(text, /! Kustomization canaries: BuildFailed: kustomize build failed: no such resource\n/);
        assert.match(text, /\n {4}fix: \S/);
        assert.match(asHtml([found], at), /<h1 class="bad">Not healthy: staging<\/h1>/);
    });

    it("shows each field that was changed by hand, and its manager", () => {
        const spec = { ...specOf("apps-kustomization"), suspend: true, prune: false };
        const managedFields = [{ manager: "flux", fieldsV1: { "f:spec": { "f:suspend": {} } } }];
        const metadata = { name: "apps", namespace: "flux-system", generation: 1, managedFields };
        const apps = kustomization("apps", { metadata, spec });
        const text = plain(withCluster({ kustomizations: { apps } }));
        assert.match(
            text,
            /! Kustomization apps: spec\.suspend of the Kustomization is true, the stack file does not have it \(flux wrote it\)$/m,
        );
        assert.match(
            text,
            /! Kustomization apps: spec\.prune of the Kustomization is false, the stack file says true$/m,
        );
    });

    it("shows the age of a credential, warns before it expires, and is not healthy after that", () => {
        const token = { name: "GITHUB_TOKEN", expires: "2026-11-25T10:00:00Z", fix: "regenerate it" };
        const made = "2026-11-22T11:00:00Z";
        const key = { name: "deploy key of fluxcd-apps", state: "good", made, lastUsed: made } as const;
        const soon = plain(status({ credentials: [{ ...token, state: "ending" }, key] }));
        assert.match(soon, /^✓ staging/);
        assert.match(soon, /! GITHUB_TOKEN: expires 2026-11-25, in 1 day\n {4}fix: regenerate it\n/);
        assert.match(soon, /· deploy key of fluxcd-apps: made 2026-11-22, 1 day ago, last used 2026-11-22\n/);
        const over = status({
            credentials: [{ ...token, state: "ended", expires: "2026-11-20T10:00:00Z", message: "is expired" }],
        });
        assert.match(plain(over), /^✗ staging[^]*! GITHUB_TOKEN: expired 2026-11-20, is expired\n/);
        assert.match(asHtml([over], at), /<h1 class="bad">Not healthy: staging<\/h1>/);
        assert.match(asHtml([over], at), /<dt>GITHUB_TOKEN<\/dt><dd><span class="bad">expired 2026-11-20/);
    });

    it("shows a cluster that does not answer next to clusters that do", () => {
        const text = plain(
            status({ stack: "dev", cluster: { unknown: "the cluster did not answer: no answer within 10 s" } }),
            status(),
        );
        assert.match(text, /^✗ dev {2}the cluster did not answer/m);
        assert.match(text, /^✓ staging /m);
    });

    it("shows why the next release is refused, or the command that promotes it", () => {
        const next = { from: "dev", upToDate: false, tags: { apps: "staging-v1.1.0" }, refused: [] } as const;
        const refused = [
            { refusal: "soak", key: "fluxcd:sources.apps.tag", expected: "dev has run it for 5m", fix: "" },
        ] as const;
        assert.match(plain(status({ next })), /next: staging-v1\.1\.0 from dev: npx fluxcd promote staging\n$/);
        assert.match(
            plain(status({ next: { ...next, refused } })),
            /from dev, refused: soak: dev has run it for 5m\n$/,
        );
    });

    it("lists environments in the order of promotion", () => {
        const of = (stack: string, promotedFrom?: string) => status({ stack, promotedFrom });
        const environments = [of("production", "staging"), of("dev"), of("canary", "staging"), of("staging", "dev")];
        assert.deepEqual(
            inOrder(environments).map(({ stack }) => stack),
            ["dev", "staging", "canary", "production"],
        );
    });

    it("lists every environment if stacks are promoted from each other", () => {
        const of = (stack: string, promotedFrom: string) => status({ stack, promotedFrom });
        assert.equal(inOrder([of("a", "b"), of("b", "a")]).length, 2);
    });
});
