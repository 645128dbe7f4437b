import assert from "node:assert/strict";

import { createColors } from "picocolors";

import { assess, type Assessment } from "../../../cli/status/assess";
import { type EnvironmentStatus, inOrder } from "../../../cli/status/gather";
import { asHtml } from "../../../cli/status/html";
import { forTerminal } from "../../../cli/status/table";
import { type Config, readConfig } from "../../../config";
import { cluster, kustomization, since, specOf, wanted } from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

describe("The status of an environment", () => {
    let config: Config;
    const commits = { infrastructure: wanted, apps: wanted };

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml");
        config = readConfig();
    });

    describe("that is shown", () => {
        const status = (changed: Partial<EnvironmentStatus> = {}): EnvironmentStatus => ({
            stack: "staging",
            environment: "staging",
            context: "staging",
            promotedFrom: "dev",
            cluster: { ...assess(config, cluster(), commits), kubernetes: "v1.36.3" },
            credentials: [{ name: "GITHUB_TOKEN", state: "good", expires: "2026-12-20T10:00:00Z" }],
            next: { from: "dev", upToDate: true },
            ...changed,
        });
        const at = new Date("2026-11-23T12:00:00Z");
        const plain = (...environments: EnvironmentStatus[]) => forTerminal(environments, createColors(false), at);

        it("is a line for each source and one for what comes next", () => {
            assert.equal(
                plain(status()),
                [
                    "✓ staging  Kubernetes v1.36.3, 1 controller ready",
                    "                  wanted                  fetched                 applied                 state",
                    ...["infrastructure", "apps          "].map(
                        (name) =>
                            `  ${name}  ${["", "", ""].map(() => "staging-v1.0.0@bbbbbbb").join("  ")}  ready since ${since}`,
                    ),
                    "  · GITHUB_TOKEN: expires 2026-12-20, in 26 days",
                    "  next: nothing, it has what dev runs",
                    "",
                ].join("\n"),
            );
        });

        it("says which controller is down and what is wrong, with the fix", () => {
            const facts = {
                ...cluster({ kustomization: undefined }),
                controllers: [{ name: "helm-controller", version: "v1", ready: false }],
            };
            const found: Assessment = assess(config, facts, commits);
            const text = plain(status({ cluster: { ...found, kubernetes: "v1.36.3" } }));
            assert.match(text, /^✗ staging {2}Kubernetes v1\.36\.3, not ready: helm-controller$/m);
            assert.match(
                text,
                /^ {2}! apps: the cluster has no Kustomization for it\n {4}fix: pulumi up --stack staging --refresh$/m,
            );
        });

        it("shows what was changed by hand, field by field, and by whom", () => {
            const spec = { ...specOf("apps-kustomization"), suspend: true, prune: false };
            const managedFields = [{ manager: "flux", fieldsV1: { "f:spec": { "f:suspend": {} } } }];
            const metadata = { name: "apps", namespace: "flux-system", generation: 1, managedFields };
            const facts = cluster({ kustomization: kustomization("apps", { metadata, spec }) });
            const text = plain(status({ cluster: { ...assess(config, facts, commits), kubernetes: "v1.36.3" } }));
            assert.match(
                text,
                /! apps: spec\.suspend of the Kustomization is true, the stack file does not have it \(flux wrote it\)$/m,
            );
            assert.match(text, /! apps: spec\.prune of the Kustomization is false, the stack file says true$/m);
        });

        it("shows how old a credential is, warns before it ends, and is not healthy once it has", () => {
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

        it("shows a cluster that does not answer beside those that do", () => {
            const text = plain(
                status({ stack: "dev", cluster: { unknown: "the cluster did not answer: no answer within 10 s" } }),
                status(),
            );
            assert.match(text, /^✗ dev {2}the cluster did not answer/);
            assert.match(text, /^✓ staging /m);
        });

        it("says why the next release may not pass, or how it would", () => {
            const next = { from: "dev", upToDate: false, tags: { apps: "staging-v1.1.0" }, refused: [] } as const;
            const refused = [
                { refusal: "soak", key: "fluxcd:apps.tag", expected: "dev has run it for 5m", fix: "" },
            ] as const;
            assert.match(plain(status({ next })), /next: staging-v1\.1\.0 from dev: npm run promote -- staging\n$/);
            assert.match(
                plain(status({ next: { ...next, refused } })),
                /from dev, refused: soak: dev has run it for 5m\n$/,
            );
        });

        it("comes in the order in which releases go", () => {
            const of = (stack: string, promotedFrom?: string) => status({ stack, promotedFrom });
            const environments = [
                of("production", "staging"),
                of("dev"),
                of("canary", "staging"),
                of("staging", "dev"),
            ];
            assert.deepEqual(
                inOrder(environments).map(({ stack }) => stack),
                ["dev", "staging", "canary", "production"],
            );
        });

        it("comes in some order where stacks are promoted from each other", () => {
            const of = (stack: string, promotedFrom: string) => status({ stack, promotedFrom });
            assert.equal(inOrder([of("a", "b"), of("b", "a")]).length, 2);
        });

        describe("as a page", () => {
            const page = (changed: Partial<EnvironmentStatus> = {}) => asHtml([status(changed)], at);

            it("gives the verdict first, and when it was made", () => {
                assert.match(page(), /<h1 class="good">All environments are healthy<\/h1>/);
                assert.match(page({ cluster: { unknown: "no answer" } }), /<h1 class="bad">Not healthy: staging<\/h1>/);
                assert.match(page(), /<time datetime="2026-11-23T12:00:00.000Z">2026-11-23 12:00:00 UTC<\/time>/);
            });

            it("shows what is wrong, the fix, and why the next release is refused", () => {
                const found = assess(config, cluster({ kustomization: undefined }), commits);
                const refused = [{ refusal: "soak", key: "fluxcd:apps.tag", expected: "for 5m", fix: "" }] as const;
                const text = page({
                    cluster: { ...found, kubernetes: "v1.36.3" },
                    next: { from: "dev", upToDate: false, tags: { apps: "staging-v1.1.0" }, refused },
                });
                assert.match(
                    text,
                    /<p class="bad">the cluster has no Kustomization for it<\/p><pre>pulumi up --stack staging --refresh<\/pre>/,
                );
                assert.match(text, /Next release: staging-v1\.1\.0 from dev, refused:<\/p><ul><li>soak: for 5m<\/li>/);
            });

            it("runs nothing and loads nothing", () => {
                assert.doesNotMatch(page(), /<script|<link|<img|https?:|url\(/);
            });

            it("takes no markup from what a cluster says", () => {
                const text = page({ cluster: { unknown: `<img src=x onerror="alert('x')">&` } });
                assert.ok(text.includes("&lt;img src=x onerror=&quot;alert(&#39;x&#39;)&quot;&gt;&amp;"));
            });
        });
    });
});
