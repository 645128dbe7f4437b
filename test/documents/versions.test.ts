import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import semver from "semver";
import { parse } from "yaml";

import { versionProblems } from "../../checks/kubernetesVersion";
import { rows } from "../support/documents";

const file = "docs/versions.md";
const textOf = (path: string) => readFileSync(path, "utf8");
const foundIn = (path: string, pattern: RegExp) => pattern.exec(textOf(path))?.[1] ?? `not in ${path}`;

const manifest = JSON.parse(textOf("package.json")) as {
    engines: { node: string };
    devDependencies: Record<string, string>;
    dependencies: Record<string, string>;
};
const project = parse(textOf("Pulumi.yaml")) as {
    requiredPulumiVersion: string;
    config: { "fluxcd:fluxVersion": { default: string } };
};
const defaultFlux = project.config["fluxcd:fluxVersion"].default;
const goMod = "lab/tools/go.mod";

const table = () => rows(file, "Part");
const oldest = (part: string) =>
    /^(v?[\d.]+) or newer$/.exec(table().find(({ Part }) => Part === part)?.Supported ?? "")?.[1] ?? "";
const tested = (part: string) => table().find(({ Part = "" }) => Part.startsWith(part))?.["Tested with"];
const kubernetes = () =>
    table().flatMap(({ Part = "" }) => {
        const flux = /^Kubernetes, with Flux v([\d.]+)/.exec(Part)?.[1];
        return flux === undefined ? [] : [{ flux, needed: oldest(Part) }];
    });

describe(file, () => {
    it("has a row for Flux, Node.js and the Pulumi CLI, and no other part than those and Kubernetes", () => {
        const parts = table().map(({ Part = "" }) => Part);
        assert.deepEqual(
            parts.filter((part) => !part.startsWith("Kubernetes, with Flux v")),
            ["Flux", "Node.js", "Pulumi CLI"],
        );
    });

    it("states the oldest Flux of checks/fit.ts, and tests the default", () => {
        assert.equal(oldest("Flux"), foundIn("checks/fit.ts", /^const oldest = "(v[\d.]+)";$/m));
        assert.equal(tested("Flux"), defaultFlux);
    });

    it("states the oldest Kubernetes that is accepted with each minor release of Flux", () => {
        const accepted = (version: string, flux: string) =>
            versionProblems(version, {
                context: "dev",
                stack: "dev",
                flux: { version: flux } as Parameters<typeof versionProblems>[1]["flux"],
            }).length === 0;
        const { minor: newest } = semver.parse(defaultFlux) ?? { minor: 0 };
        const { minor: first } = semver.parse(oldest("Flux")) ?? { minor: 0 };
        assert.ok(newest > first);
        for (let minor = first; minor <= newest; minor += 1) {
            const flux = `v2.${minor}.0`;
            const { needed = "" } =
                kubernetes().find((it) => semver.gte(flux, semver.coerce(it.flux) ?? "9.0.0")) ?? {};
            const before = `v1.${(semver.coerce(needed)?.minor ?? 0) - 1}.99`;
            assert.ok(accepted(`${needed}.0`, flux), `${flux} with ${needed}`);
            assert.ok(!accepted(before, flux), `${flux} with ${before}`);
        }
        assert.deepEqual(
            kubernetes().filter(({ flux }) => semver.lt(semver.coerce(flux) ?? "0.0.0", oldest("Flux"))),
            [],
        );
    });

    it("states the Kubernetes of the lab, and the one of the README for the default Flux", () => {
        assert.equal(tested("Kubernetes"), foundIn(goMod, /^\tk8s\.io\/kubernetes (v[\d.]+)$/m));
        const { major = 0, minor = 0 } = semver.parse(defaultFlux) ?? {};
        const told = foundIn(
            "README.md",
            new RegExp(`Kubernetes ([\\d.]+) or newer, which Flux ${major}\\.${minor} supports`),
        );
        assert.equal(kubernetes()[0]?.needed, `v${told}`);
    });

    it("states the oldest Kubernetes that the first content of the repositories is checked against", () => {
        const needed = kubernetes()[0]?.needed ?? "";
        for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"]) {
            const script = `scaffold/${repository}/scripts/validate.sh`;
            assert.equal(foundIn(script, /^kubernetes_version=([\d.]+)$/m), `${needed.replace("v", "")}.0`);
        }
        const namespace = "scaffold/fluxcd-infrastructure/infrastructure/base/namespace/namespace.yaml";
        assert.equal(foundIn(namespace, /enforce-version: (\S+)$/m), needed);
    });

    it("states the oldest Node.js of package.json, and the one that runs the tests", () => {
        assert.deepEqual(semver.coerce(oldest("Node.js")), semver.minVersion(manifest.engines.node));
        assert.equal(tested("Node.js"), manifest.devDependencies.node);
        assert.equal(semver.major(tested("Node.js") ?? ""), Number(textOf(".nvmrc")));
    });

    it("states the oldest Pulumi CLI of Pulumi.yaml, and the one of the workflows and the lab", () => {
        assert.deepEqual(semver.coerce(oldest("Pulumi CLI")), semver.minVersion(project.requiredPulumiVersion));
        const inWorkflows = foundIn(".github/actions/set-up/action.yaml", /pulumi-version: (\S+)/);
        assert.equal(tested("Pulumi CLI"), inWorkflows);
        assert.equal(`v${inWorkflows}`, foundIn(goMod, /^\tgithub\.com\/pulumi\/pulumi\/pkg\/v3 (v[\d.]+)$/m));
        assert.equal(inWorkflows, manifest.dependencies["@pulumi/pulumi"]);
    });
});

interface Manager {
    readonly customType: string;
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
    readonly depNameTemplate?: string;
    readonly datasourceTemplate?: string;
}

interface Renovate {
    readonly customManagers: readonly Manager[];
    readonly packageRules: readonly { readonly matchFileNames?: readonly string[] }[];
}

describe("renovate.json", () => {
    const { customManagers, packageRules } = JSON.parse(textOf("renovate.json")) as Renovate;
    const all = globSync([
        "*",
        "docs/apps.md",
        ".github/**/*",
        "lab/{tools,toolchain}/**/*",
        "scaffold/**/*",
        "scaffold/**/.github/**/*",
    ]);
    const regular = (pattern: string) => new RegExp(/^\/(.*)\/$/.exec(pattern)?.[1] ?? "(no regular expression)");

    const found = customManagers.flatMap((manager) => {
        const own = all.filter((name) => manager.managerFilePatterns.some((pattern) => regular(pattern).test(name)));
        return own
            .sort()
            .flatMap((name) =>
                manager.matchStrings.flatMap((pattern) =>
                    [...textOf(name).matchAll(new RegExp(pattern, "g"))].map(({ groups = {} }) => [
                        name,
                        groups.datasource ?? manager.datasourceTemplate,
                        groups.depName ?? manager.depNameTemplate,
                        groups.currentValue,
                    ]),
                ),
            );
    });

    it("finds each version that is pinned outside of the files that Renovate knows", () => {
        const validate = (name: string) => `scaffold/${name}/.github/workflows/validate.yaml`;
        const kubeconform = (name: string) => [
            validate(name),
            "github-release-attachments",
            "yannh/kubeconform",
            foundIn(validate(name), /KUBECONFORM_VERSION: (\S+)/),
        ];
        assert.deepEqual(found, [
            ["Pulumi.yaml", "github-releases", "fluxcd/flux2", defaultFlux],
            [".github/actions/set-up/action.yaml", "github-releases", "pulumi/pulumi", tested("Pulumi CLI")],
            ["package.json", "github-releases", "rhysd/actionlint", foundIn("package.json", /actionlint@(\S+)/)],
            [
                "lab/toolchain/manifest.ts",
                "github-releases",
                "fluxcd/source-watcher",
                foundIn("lab/toolchain/manifest.ts", /source-watcher\/v2", version: "([^"]+)"/),
            ],
            kubeconform("fluxcd-apps"),
            kubeconform("fluxcd-infrastructure"),
            [
                "docs/apps.md",
                "docker",
                "ghcr.io/stefanprodan/podinfo",
                foundIn("docs/apps.md", /image: \S+:([\d.]+)@sha256:/),
            ],
        ]);
    });

    it("finds the version below each comment for Renovate", () => {
        const marks = textOf("Pulumi.yaml").match(/# renovate: /g) ?? [];
        assert.equal(marks.length, found.filter(([name]) => name === "Pulumi.yaml").length);
    });

    // https://docs.renovatebot.com/modules/manager/regex/
    it("has what Renovate requires of a manager, in expressions that RE2 takes", () => {
        for (const { customType, matchStrings, ...manager } of customManagers) {
            assert.equal(customType, "regex");
            assert.ok(manager.managerFilePatterns.every((pattern) => /^\/\^.*\$\/$/.test(pattern)));
            for (const text of matchStrings) {
                assert.ok(text.includes("(?<currentValue>"), text);
                assert.ok(manager.datasourceTemplate !== undefined || text.includes("(?<datasource>"), text);
                assert.ok(manager.depNameTemplate !== undefined || text.includes("(?<depName>"), text);
                assert.doesNotMatch(text, /\(\?<?[=!]|\\[1-9]|\\k</);
            }
        }
    });

    it("names only files that exist", () => {
        for (const name of packageRules.flatMap(({ matchFileNames = [] }) => matchFileNames)) {
            assert.ok(all.includes(name), name);
        }
    });
});
