import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { kustomizeBuild, type Manifest } from "../support/kustomize";
import { validate } from "../support/schema";
import { scratchFolder } from "../support/scratch";

const run = promisify(execFile);

interface Workflow {
    on: object;
    permissions: object;
    jobs: Record<string, { name?: string; steps: { uses?: string; run?: string; env?: Record<string, string> }[] }>;
}

describe("The scaffold's validation", function () {
    this.timeout(60_000);

    describe("with the test suite's schemas", () => {
        const deployment = (spec: object): Manifest => ({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "podinfo" },
            spec: {
                selector: { matchLabels: { app: "podinfo" } },
                template: { metadata: { labels: { app: "podinfo" } }, spec: { containers: [{ name: "podinfo" }] } },
                ...spec,
            },
        });

        it("accepts a valid object", () => validate(deployment({ replicas: 1 })));

        it("refuses a value of the wrong type", () =>
            assert.rejects(validate(deployment({ replicas: "three" })), /spec\/replicas must be integer/));

        it("refuses a missing field", () =>
            assert.rejects(validate(deployment({ template: undefined })), /must have required property template/));

        it("refuses a misspelt field at any depth", async () => {
            await assert.rejects(validate(deployment({ replica: 1 })), /does not know: \.spec\.replica\./);
            const template = { spec: { containers: [{ name: "podinfo", readynessProbe: {} }] } };
            await assert.rejects(
                validate(deployment({ template })),
                /does not know: \.spec\.template\.spec\.containers\.0\.readynessProbe\./,
            );
        });

        it("refuses an unknown kind", () =>
            assert.rejects(validate({ ...deployment({}), kind: "Deploymint" }), /no Deploymint in apps\/v1/));
    });

    it("names the tool to install if kustomize is missing", async () => {
        const path = process.env.PATH;
        process.env.PATH = "/nowhere";
        try {
            await assert.rejects(kustomizeBuild("scaffold/fluxcd-apps/apps/overlays/dev"), /Install kubectl: https:/);
        } finally {
            process.env.PATH = path;
        }
    });

    for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"]) {
        describe(`in ${repository}`, () => {
            const directory = `scaffold/${repository}`;
            const script = `${directory}/scripts/validate.sh`;

            it("runs validate.sh as the check that branch protection requires, with read permission only", async () => {
                const text = await readFile(`${directory}/.github/workflows/validate.yaml`, "utf8");
                const { on, permissions, jobs } = parse(text) as Workflow;
                assert.deepEqual(on, { pull_request: null, push: { branches: ["main"] } });
                assert.deepEqual(permissions, { contents: "read" });
                // GitHub names the check after the job's id only where the job has no name of its own.
                assert.deepEqual(Object.keys(jobs), ["validate"]);
                assert.equal(jobs.validate?.name, undefined);
                assert.equal(jobs.validate?.steps.at(-1)?.run, "bash scripts/validate.sh");
            });

            it("pins every action and tool that it downloads", async () => {
                const text = await readFile(`${directory}/.github/workflows/validate.yaml`, "utf8");
                const steps = (parse(text) as Workflow).jobs.validate?.steps ?? [];
                const actions = text.match(/uses: .*/g) ?? [];
                assert.equal(actions.length, steps.filter(({ uses }) => uses).length);
                for (const action of actions) {
                    assert.match(action, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
                }
                const { env = {}, run: install = "" } = steps.find((step) => step.env) ?? {};
                assert.match(install, /sha256sum --check/);
                for (const tool of ["KUSTOMIZE", "KUBECONFORM"]) {
                    assert.match(env[`${tool}_VERSION`] ?? "", /^v\d+\.\d+\.\d+$/);
                    assert.match(env[`${tool}_SHA256`] ?? "", /^[0-9a-f]{64}$/);
                    assert.ok(install.includes(`"$${tool}_SHA256"`));
                }
            });

            it("pins the version of kubeconform with which the lab runs the check", async () => {
                const text = await readFile(`${directory}/.github/workflows/validate.yaml`, "utf8");
                const { env = {} } = (parse(text) as Workflow).jobs.validate?.steps.find((step) => step.env) ?? {};
                const tools = await readFile("lab/tools/kubeconform/go.mod", "utf8");
                const [, version] = /github\.com\/yannh\/kubeconform (v\S+)/.exec(tools) ?? [];
                assert.equal(env.KUBECONFORM_VERSION, version);
            });

            it("has an executable script that names a missing tool", async () => {
                await access(script, constants.X_OK);
                const { stdout } = await run("bash", ["-c", "command -v bash"]);
                const path = scratchFolder();
                await symlink(stdout.trim(), join(path, "bash"));
                const execution = () => run(script, { env: { PATH: path } });
                await assert.rejects(execution, /Neither kustomize nor kubectl is installed/);
                await symlink(process.execPath, join(path, "kubectl"));
                await assert.rejects(execution, /kubeconform is not installed/);
            });

            it("has no committed file that Git ignores", async () => {
                const { stdout } = await run("git", [
                    "ls-files",
                    "--cached",
                    "--ignored",
                    "--exclude-standard",
                    directory,
                ]);
                assert.equal(stdout, "");
            });
        });
    }
});
