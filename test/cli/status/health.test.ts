import assert from "node:assert/strict";

import { createColors } from "picocolors";

import { assess } from "../../../cli/status/assess";
import { asHtml } from "../../../cli/status/html";
import { forTerminal } from "../../../cli/status/table";
import { readConfig } from "../../../config";
import { healthChecksOf, type HealthEntries } from "../../../config/healthChecks";
import { checksOf, groupOf, presetNames } from "../../../config/healthPresets";
import { cluster, commits, kustomization, ready, specOf, stagingWith } from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

const set = (index: number, preset: string) =>
    `pulumi config set --stack staging --path 'fluxcd:kustomizations.apps.healthCheckExprs[${index}].preset' ${preset}`;
const up = "pulumi up --stack staging";
const issuer = "_letsencrypt_cert-manager.io_ClusterIssuer";
const sealed = "podinfo_token_bitnami.com_SealedSecret";
const own = { apiVersion: "bitnami.com/v1", kind: "SealedSecret", current: "true" };

interface Given {
    /** The ids in the inventory of the Kustomization apps. */
    readonly ids: readonly string[];
    /** The setting in the stack file, which the cluster has too unless it says otherwise. */
    readonly entries?: HealthEntries;
    readonly live?: object;
}

describe("The status of a Kustomization with kinds whose health Flux does not know", () => {
    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
    });

    function look({ ids, entries, live = {} }: Given) {
        const apps = { serviceAccountName: "apps-reconciler", ...(entries && { healthCheckExprs: entries }) };
        useStackFile("Pulumi.staging.yaml", stagingWith({}, { apps }));
        const found = kustomization("apps");
        const checks = entries && { healthCheckExprs: healthChecksOf(entries) };
        const spec = { ...specOf("apps-kustomization"), ...checks, ...live };
        const inventory = { entries: ids.map((id) => ({ id, v: "v1" })) };
        const status = { ...found.status, inventory };
        const facts = cluster({ kustomizations: { apps: { ...found, spec, status } } });
        return { ...assess(readConfig(), facts, commits), kubernetes: "v1.36.3" };
    }
    const unknown = (given: Given) => look(given).kustomizations.apps?.unknownHealth;

    it("names the kind and the command that makes Flux check it, and stays healthy", () => {
        const found = look({ ids: ["podinfo_podinfo_apps_Deployment", issuer] });
        const { state, inOrder, message, fix, unknownHealth } = found.kustomizations.apps ?? assert.fail();
        assert.deepEqual([found.healthy, state, inOrder, message, fix], [true, "ready", true, undefined, undefined]);
        assert.deepEqual(unknownHealth, {
            kinds: ["ClusterIssuer.cert-manager.io"],
            message:
                "Flux counts these kinds as healthy before their operators have handled them: ClusterIssuer.cert-manager.io",
            fix: `${set(0, "cert-manager")} && ${up}`,
        });
    });

    for (const preset of presetNames) {
        it(`names every kind of the preset ${preset}, and none once the preset is set`, () => {
            const ids = checksOf(preset).map((check) => `a_b_${groupOf(check)}_${check.kind ?? ""}`);
            assert.equal(unknown({ ids })?.kinds.length, ids.length);
            assert.equal(unknown({ ids })?.fix, `${set(0, preset)} && ${up}`);
            assert.equal(unknown({ ids, entries: [{ preset }] }), undefined);
        });
    }

    for (const [what, given, kinds, fix] of [
        [
            "each kind once, and each preset once",
            { ids: [sealed, "a_x_cert-manager.io_Issuer", issuer, "b_y_cert-manager.io_Issuer"] },
            ["ClusterIssuer.cert-manager.io", "Issuer.cert-manager.io", "SealedSecret.bitnami.com"],
            `${set(0, "cert-manager")} && ${set(1, "sealed-secrets")} && ${up}`,
        ],
        [
            "the rest, and adds to the entries that are set",
            { ids: [issuer, sealed], entries: [{ ...own, kind: "Other" }, { preset: "cert-manager" }] },
            ["SealedSecret.bitnami.com"],
            `${set(2, "sealed-secrets")} && ${up}`,
        ],
        [
            "an object whose name has colons, which Flux writes with underscores",
            { ids: ["a_system__my_name_keda.sh_ScaledObject"] },
            ["ScaledObject.keda.sh"],
            `${set(0, "keda")} && ${up}`,
        ],
        [
            "a kind with a check for another kind of its group",
            { ids: [issuer], entries: [{ ...own, apiVersion: "cert-manager.io/v1", kind: "Certificate" }] },
            ["ClusterIssuer.cert-manager.io"],
            `${set(1, "cert-manager")} && ${up}`,
        ],
    ] as readonly (readonly [string, Given, string[], string])[]) {
        it(`names ${what}`, () => {
            const { kinds: found, fix: command } = unknown(given) ?? assert.fail();
            assert.deepEqual([found, command], [kinds, fix]);
        });
    }

    for (const [what, given] of [
        ["no inventory", { ids: [] }],
        ["only Kubernetes' own kinds", { ids: ["a_b__Secret", "_c_rbac.authorization.k8s.io_ClusterRole"] }],
        ["kinds that nobody knows", { ids: ["a_b_monitoring.coreos.com_ServiceMonitor", "a_b_example.com_Issuer"] }],
        ["a kind of the same name in another group", { ids: ["a_b_networking.istio.io_Gateway"] }],
        ["a check of its own, of any version", { ids: [sealed], entries: [own] }],
        ["a check of the whole group", { ids: [sealed], entries: [{ apiVersion: "bitnami.com/v1", current: "true" }] }],
        [
            "a preset that is set and not applied yet",
            { ids: [sealed], entries: [{ preset: "sealed-secrets" }], live: { healthCheckExprs: [] } },
        ],
        ["a check that somebody added in the cluster", { ids: [sealed], live: { healthCheckExprs: [own] } }],
        ["wait off, which waits for nothing", { ids: [sealed], live: { wait: false } }],
        ["an id that is not one of Flux", { ids: ["", "ClusterIssuer", "cert-manager.io"] }],
    ] as readonly (readonly [string, Given])[]) {
        it(`says nothing with ${what}`, () => {
            assert.equal(unknown(given), undefined);
        });
    }

    it("says nothing of a missing Kustomization, and nothing of sources", () => {
        useStackFile("Pulumi.staging.yaml");
        const { kustomizations, sources } = assess(
            readConfig(),
            cluster({ kustomizations: { apps: undefined } }),
            commits,
        );
        assert.deepEqual([kustomizations.apps?.unknownHealth, sources.apps?.unknownHealth], [undefined, undefined]);
    });

    it("says so too of a Kustomization that fails", () => {
        useStackFile("Pulumi.staging.yaml");
        const conditions = [{ ...ready, status: "False", reason: "Strange", message: "x" }];
        const apps = kustomization("apps", { status: { conditions, inventory: { entries: [{ id: sealed }] } } });
        const { apps: found } = assess(readConfig(), cluster({ kustomizations: { apps } }), commits).kustomizations;
        assert.deepEqual(
            [found?.state, found?.unknownHealth?.kinds, found?.fix?.startsWith("kubectl")],
            ["failing", ["SealedSecret.bitnami.com"], true],
        );
    });

    it("shows it with the command, in the terminal and on the page", () => {
        const rest = { environment: "staging", context: "staging", promotedFrom: undefined, next: undefined };
        const environment = {
            ...rest,
            stack: "staging",
            cluster: look({ ids: [issuer] }),
            credentials: [],
            releases: {},
            history: [],
        };
        const at = new Date("2026-11-23T12:00:00Z");
        const lines = forTerminal([environment], createColors(false), at).split("\n");
        const said =
            "Flux counts these kinds as healthy before their operators have handled them: ClusterIssuer.cert-manager.io";
        assert.deepEqual(lines.slice(-3), [
            `  ! Kustomization apps: ${said}`,
            `    fix: ${set(0, "cert-manager")} && ${up}`,
            "",
        ]);
        assert.match(lines[0] ?? "", /^✓ staging/);
        const page = asHtml([environment], at);
        assert.ok(page.includes(`<p class="busy">${said}</p><pre>pulumi config set --stack staging --path`));
        assert.match(page, /All environments are healthy/);
    });
});
