import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { devFile } from "./support/dev";
import { Clone, type RepositoryName } from "./support/git";
import { standIn, traffic } from "./support/github";
import { Project } from "./support/project";
import { report } from "./support/report";
import { checkout, tail } from "./support/run";
import { mustPulumi } from "./support/stack";

interface Audit {
    readonly repository: string;
    readonly unintended: readonly { readonly object: object; readonly field: string; readonly values: object }[];
    readonly intended: readonly { readonly field: string; readonly reasons: readonly string[] }[];
    readonly stale: readonly unknown[];
}

const memory = "spec.template.spec.containers.[name=podinfo].resources.limits.memory";
const overlay = "apps/overlays/production/podinfo/kustomization.yaml";
const declaration = {
    target: { kind: "Deployment", name: "podinfo" },
    fields: [memory],
    environments: ["production"],
    reason: "The cache holds the whole catalogue there",
};

describe("npx fluxcd audit", () => {
    let project: Project;
    let apps: Clone;
    let infrastructure: Clone;

    /** A branch with the first content, whatever earlier specs have made of main. */
    async function fromScaffold(repository: RepositoryName): Promise<Clone> {
        const clone = await Clone.of(repository);
        await clone.git("checkout", "--quiet", "-b", "audit");
        await clone.git("rm", "-r", "--quiet", ".");
        cpSync(join(checkout, "scaffold", repository), clone.directory, { recursive: true });
        return clone;
    }

    async function publish(clone: Clone, message: string): Promise<void> {
        await clone.git("add", "--all");
        await clone.git("commit", "--quiet", "--allow-empty", "-m", message);
        await clone.git("push", "--quiet", "origin", "audit");
    }

    async function audit(...args: string[]): Promise<{ code: number | null; found: Audit[] }> {
        const { code, stdout } = await project.fluxcd("audit", ["--ref", "audit", "--json", ...args]);
        return { code, found: (JSON.parse(stdout) as { audits: Audit[] }).audits };
    }

    before(async () => {
        project = await Project.make();
        await mustPulumi("up -y", "dev", await devFile());
        apps = await fromScaffold("fluxcd-apps");
        await publish(apps, "The first content");
        infrastructure = await fromScaffold("fluxcd-infrastructure");
        await publish(infrastructure, "The first content");
        await standIn.forget();
    });

    after(async () => {
        await Promise.all([apps, infrastructure].map((it) => it.git("push", "--quiet", "--delete", "origin", "audit")));
    });

    it("is clean on the first content, and only reads", async () => {
        const { code, output, seconds } = await project.fluxcd("audit", ["--ref", "audit"]);
        assert.equal(code, 0, tail(output));
        assert.match(output, /^✓ fluxcd-infrastructure at audit \([0-9a-f]{7}\)$/m);
        assert.match(output, /^✓ fluxcd-apps at audit \([0-9a-f]{7}\)$/m);
        assert.doesNotMatch(output, /Not declared|not there/);
        const { reads, writes } = await traffic();
        assert.equal(writes.length, 0);
        report("npx fluxcd audit", seconds, `GitHub: ${reads} reads`);
    });

    it("finds a change of production's overlay that nobody declared, names it, and leaves with 1", async () => {
        apps.edit(
            overlay,
            (text) =>
                `${text}${stringify({
                    patches: [
                        {
                            target: { kind: "Deployment" },
                            patch: "- { op: replace, path: /spec/template/spec/containers/0/resources/limits/memory, value: 512Mi }",
                        },
                    ],
                })}`,
        );
        await publish(apps, "More memory in production");
        const { code, found } = await audit();
        assert.equal(code, 1);
        assert.deepEqual(
            found.flatMap(({ repository, unintended }) => unintended.map((it) => ({ repository, ...it }))),
            [
                {
                    repository: "fluxcd-apps",
                    object: { kind: "Deployment", namespace: "podinfo", name: "podinfo" },
                    field: memory,
                    values: { dev: "128Mi", staging: "128Mi", production: "512Mi" },
                },
            ],
        );
    });

    it("takes it once it is declared, with its reason", async () => {
        apps.edit(
            "apps/audit.yaml",
            (text) => `${text}${stringify([declaration], { indent: 2 }).replace(/^/gm, "  ").trimEnd()}\n`,
        );
        await publish(apps, "Say why");
        const { code, found } = await audit();
        assert.equal(code, 0, JSON.stringify(found));
        const told = found.flatMap(({ intended }) => intended).find(({ field }) => field === memory);
        assert.deepEqual(told?.reasons, [declaration.reason]);
    });

    it("finds the declaration of what no longer differs", async () => {
        apps.edit(overlay, (text) => text.slice(0, text.indexOf("patches:")));
        await publish(apps, "As much memory as before");
        const { code, found } = await audit("--source", "apps");
        assert.equal(code, 1);
        assert.deepEqual(
            found.map(({ repository, unintended, stale }) => ({ repository, unintended, stale })),
            [{ repository: "fluxcd-apps", unintended: [], stale: [{ declaration }] }],
        );
    });

    it("leaves with 2 where there is no such revision", async () => {
        const { code, output } = await project.fluxcd("audit", ["--ref", "no-such-branch"]);
        assert.equal(code, 2);
        assert.match(output, /has no branch, tag or commit no-such-branch\./);
    });
});
