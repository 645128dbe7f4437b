import assert from "node:assert/strict";

import { readConfig } from "../../config";
import { healthChecksOf } from "../../config/healthChecks";
import { checksOf, presetNames } from "../../config/healthPresets";
import { kustomizationSpec } from "../../config/specs";
import { tables } from "../support/documents";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const parts = { source: "", serviceAccountName: undefined, decryptionSecret: undefined };
const key = "fluxcd:kustomizations.configs";
const job = { apiVersion: "batch.example.com/v1", kind: "Task", current: "status.phase == 'Done'" };
const issuer = { ...job, apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer" };

async function specWith(healthCheckExprs: unknown, more: object = {}) {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("dev");
    const configs = { source: "infrastructure", path: "./configs", healthCheckExprs, ...more };
    useStackFile("Pulumi.dev.yaml", { "fluxcd:kustomizations": { configs } });
    const settings = readConfig().kustomizations.configs ?? assert.fail();
    return kustomizationSpec<string>(settings, parts);
}

describe("Health checks", () => {
    it("are not in the spec if the stack file has none", async () => {
        assert.equal("healthCheckExprs" in (await specWith(undefined)), false);
    });

    for (const [what, check] of [
        ["current alone", job],
        ["all expressions", { ...job, inProgress: "status.phase == 'Busy'", failed: "status.phase == 'Failed'" }],
        ["no kind, for the whole group", { apiVersion: "example.com/v1beta2", current: "has(status.ready)" }],
        ["the core group", { ...job, apiVersion: "v1", kind: "Namespace", current: "status.phase == 'Active'" }],
        ["a text that contains self.", { ...job, current: "status.phase == 'self.made' || status.itself.ok" }],
    ] as const) {
        it(`reach Flux as they are, with ${what}`, async () => {
            assert.deepEqual((await specWith([check])).healthCheckExprs, [check]);
        });
    }

    for (const preset of presetNames) {
        it(`of the preset ${preset} are complete checks of Flux, each for a kind of its own`, async () => {
            const { healthCheckExprs: checks = [] } = await specWith([{ preset }]);
            assert.deepEqual(checks, checksOf(preset));
            assert.ok(checks.length > 0);
            for (const check of checks) {
                assert.deepEqual(Object.keys(check), ["apiVersion", "kind", "current"]);
            }
            assert.equal(new Set(checks.map(({ kind }) => kind)).size, checks.length);
        });
    }

    it("of a preset give way to an entry for the same kind, whatever its version and its place", () => {
        const own = { ...issuer, apiVersion: "cert-manager.io/v2" };
        const others = checksOf("cert-manager").filter(({ kind }) => kind !== "ClusterIssuer");
        assert.deepEqual(healthChecksOf([{ preset: "cert-manager" }, own]), [...others, own]);
        assert.deepEqual(healthChecksOf([own, { preset: "cert-manager" }]), [own, ...others]);
    });

    it("of a preset stay next to an entry for the whole group, which Flux takes for the other kinds", () => {
        const group = { apiVersion: "cert-manager.io/v1", current: "true" };
        assert.deepEqual(healthChecksOf([group, { preset: "cert-manager" }]), [group, ...checksOf("cert-manager")]);
    });

    it("of the presets are those that the documents have", () => {
        const [table] = tables("docs/configuration.md").filter(({ header: [first] }) => first === "Preset");
        const rows = (table?.rows ?? []).map((row) => Object.values(row).map((cell) => cell.match(/\w[\w-]*(?=`)/g)));
        const kindsOf = (preset: (typeof presetNames)[number]) => checksOf(preset).map(({ kind }) => kind);
        assert.deepEqual(
            rows.map(([name, kinds]) => [name?.[0], kinds]),
            presetNames.map((name) => [name, kindsOf(name)]),
        );
        for (const [index, preset] of presetNames.entries()) {
            const checks = checksOf(preset);
            const [, , conditions] = rows[index] ?? [];
            const read = checks.flatMap(({ current }) =>
                [...current.matchAll(/c\.type == '(\w+)'/g)].map(([, it]) => it),
            );
            assert.deepEqual(
                conditions,
                [...new Set(read)].filter((it) => it !== "ResolvedRefs"),
            );
        }
    });

    for (const [what, entries, where, says] of [
        ["no entries", [], "", "expected at least one entry"],
        ["an entry without keys", [{}], ".0", "expected either a preset alone, or apiVersion, kind and current"],
        ["no current", [{ apiVersion: "a.b/v1", kind: "C" }], ".0", "expected either a preset alone"],
        ["no apiVersion", [{ kind: "C", current: "true" }], ".0", "expected either a preset alone"],
        ["a preset with a kind", [{ preset: "keda", kind: "C" }], ".0", "expected either a preset alone"],
        ["a preset with a check", [{ preset: "keda", ...job }], ".0", "expected either a preset alone"],
        ["an unknown preset", [{ preset: "argo" }], ".0.preset", "cert-manager"],
        ["a preset's name alone", ["keda"], ".0", "expected object"],
        ["an unknown key", [{ ...job, ready: "true" }], ".0.ready", "there is no such key"],
        ["a group without a version", [{ ...job, apiVersion: "cert-manager.io" }], ".0.apiVersion", "a version"],
        ["two slashes", [{ ...job, apiVersion: "a/b/v1" }], ".0.apiVersion", "a group and a version"],
        ["a kind in lower case", [{ ...job, kind: "clusterissuer" }], ".0.kind", "expected the kind of a resource"],
        ["a plural with a group", [{ ...job, kind: "Tasks.example.com" }], ".0.kind", "expected the kind"],
        ["an empty expression", [{ ...job, current: " " }], ".0.current", "expected an expression in CEL"],
        ["self", [{ ...job, failed: "self.status.phase == 'x'" }], ".0.failed", "without self"],
        ["self in an expression", [{ ...job, current: "has(self.status)" }], ".0.current", "without self"],
        ["a boolean", [{ ...job, current: true }], ".0.current", "expected string"],
    ] as const) {
        it(`are refused with ${what}`, async () => {
            await assert.rejects(specWith(entries), refusal(`${key}.healthCheckExprs${where}`, says));
        });
    }

    for (const [what, entries, at] of [
        ["the same preset", [{ preset: "keda" }, { preset: "keda" }], 1],
        ["the same kind", [job, { preset: "keda" }, { ...job, current: "true" }], 2],
        ["the same kind in two versions", [job, { ...job, apiVersion: "batch.example.com/v2" }], 1],
        [
            "the same group",
            [
                { apiVersion: "a.b/v1", current: "true" },
                { apiVersion: "a.b/v2", current: "true" },
            ],
            1,
        ],
    ] as const) {
        it(`are refused with ${what} twice, which Flux does not take`, async () => {
            const says = `fix: pulumi config rm --stack dev --path '${key}.healthCheckExprs[${at}]'`;
            await assert.rejects(specWith(entries), refusal(`${key}.healthCheckExprs[${at}]`, says));
        });
    }

    it("are refused without wait, because Flux would not evaluate them", async () => {
        const says = `fix: pulumi config set --stack dev --path '${key}.wait' true`;
        await assert.rejects(specWith([job], { wait: false }), refusal(`${key}.wait`, says));
    });
});
