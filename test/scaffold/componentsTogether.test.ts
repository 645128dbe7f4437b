import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { isKnown, isOfFlux, namesOf, type Release, repository, steps } from "../support/components";
import { rows } from "../support/documents";
import { kustomizeBuild } from "../support/kustomize";
import { scratchFolder } from "../support/scratch";

describe("The scaffold's components together", function () {
    this.timeout(120_000);

    it("put everything that needs an operator into the second step", async () => {
        for (const name of namesOf("configs")) {
            const built = await kustomizeBuild(join(repository, steps.configs, "components", name));
            assert.ok(
                built.some((it) => !isKnown(it)),
                name,
            );
            assert.deepEqual(built.filter(isOfFlux), []);
        }
    });

    it("let cert-manager work with gateways by a line under components", async () => {
        const copy = scratchFolder();
        cpSync(repository, copy, { recursive: true });
        const file = join(copy, "infrastructure/overlays/dev/kustomization.yaml");
        const text = readFileSync(file, "utf8");
        const lines =
            "  - ../../base\n  - ../../components/cert-manager\ncomponents:\n  - ../../components/gateway-certificates\n";
        writeFileSync(file, text.replace("  - ../../base\n", lines));
        const built = await kustomizeBuild(join(copy, "infrastructure/overlays/dev"));
        const release = built.find(({ kind }) => kind === "HelmRelease") as Release & {
            spec: { values: { config: unknown } };
        };
        assert.deepEqual(release.spec.values.config, {
            apiVersion: "controller.config.cert-manager.io/v1alpha1",
            kind: "ControllerConfiguration",
            enableGatewayAPI: true,
        });
    });

    it("warn of images by default, and refuse them with the other folder", async () => {
        for (const [name, actions] of [
            ["admission-policies", ["Warn", "Audit"]],
            ["admission-policies-deny", ["Deny"]],
        ] as const) {
            const built = await kustomizeBuild(join(repository, steps.operator, "components", name));
            const bindings = built.filter(({ kind }) => kind === "ValidatingAdmissionPolicyBinding");
            const found = bindings.map(({ spec }) => (spec as { validationActions: string[] }).validationActions);
            assert.deepEqual(found, [actions]);
        }
    });

    it("are all in the README and in docs/components.md, by the lines that add them", () => {
        for (const document of [`${repository}/README.md`, "docs/components.md"]) {
            for (const step of ["operator", "configs"] as const) {
                const shown = rows(document, "Component").flatMap((row) =>
                    [...(row[`\`${steps[step]}/overlays/<environment>\``] ?? "").matchAll(/components\/([\w-]+)/g)].map(
                        ([, it]) => it,
                    ),
                );
                assert.deepEqual([...new Set(shown)].sort(), namesOf(step).sort(), `${document}, ${step}`);
            }
        }
    });

    it("are kept up to date, each version by one bot: charts by Renovate, images by Dependabot", () => {
        const settings = JSON.parse(readFileSync(join(repository, "renovate.json"), "utf8")) as Record<string, unknown>;
        assert.deepEqual(settings.enabledManagers, ["flux"]);
        assert.deepEqual(settings.packageRules, [{ matchDatasources: ["docker"], pinDigests: true }]);
        const [pattern = ""] = (settings.flux as { managerFilePatterns: string[] }).managerFilePatterns;
        assert.match("infrastructure/components/cert-manager/source.yaml", new RegExp(pattern.slice(1, -1)));
        const { updates } = parse(readFileSync(join(repository, ".github/dependabot.yml"), "utf8")) as {
            updates: { "package-ecosystem": string; directories?: string[] }[];
        };
        const images = updates.filter((it) => it["package-ecosystem"] === "docker");
        assert.deepEqual(
            images.map(({ directories }) => directories),
            [["/infrastructure/**/*"]],
        );
    });
});
