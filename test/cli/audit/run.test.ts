import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { scratchFolder } from "../../support/scratch";
import { names, threeSources, type ThreeSources } from "../threeSources";

const configMap = (size: string, name = "settings") => `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: podinfo }
data: { size: ${size} }
`;
const declaration = `differences:
  - target: { kind: ConfigMap, name: settings }
    fields: [data.size]
    reason: staging is larger
`;

describe("fluxcd audit with three sources", function () {
    this.timeout(60_000);
    let given: ThreeSources;

    afterEach(() => given.world.close());

    /** Makes the repositories; both environments apply the same folder of platform, and each its own of the others. */
    async function repositories(declared: readonly string[], configs = "small"): Promise<void> {
        given = await threeSources();
        for (const name of names) {
            const overlays = { dev: `${name}/overlays/dev`, staging: `${name}/overlays/staging` };
            const files: Record<string, string> = {
                "infrastructure/configs/overlays/dev/kustomization.yaml": "resources: [map.yaml]\n",
                "infrastructure/configs/overlays/dev/map.yaml": configMap("small", "configs"),
                "infrastructure/configs/overlays/staging/kustomization.yaml": "resources: [map.yaml]\n",
                "infrastructure/configs/overlays/staging/map.yaml": configMap(configs, "configs"),
                "platform/kustomization.yaml": "resources: [map.yaml]\n",
                "platform/map.yaml": configMap("small"),
            };
            for (const [environment, folder] of Object.entries(overlays)) {
                files[`${folder}/kustomization.yaml`] = "resources: [map.yaml]\n";
                files[`${folder}/map.yaml`] = configMap(environment === "dev" ? "small" : "large");
            }
            if (declared.includes(name)) {
                files[`${name}/audit.yaml`] = declaration;
            }
            const [folder, commit] = committed(files);
            const at = `GET /api/v3/repos/misua/fluxcd-${name}`;
            given.world.answers.set(at, { ssh_url: "", clone_url: folder, node_id: "", html_url: "" });
            given.world.answers.set(`${at}/commits/heads/main`, { sha: commit });
            given.world.answers.set(`${at}/commits/tags/staging-v1.0.0`, { sha: commit });
        }
    }

    function committed(files: Readonly<Record<string, string>>): [folder: string, commit: string] {
        const folder = scratchFolder();
        for (const [file, text] of Object.entries(files)) {
            mkdirSync(dirname(join(folder, file)), { recursive: true });
            writeFileSync(join(folder, file), text);
        }
        const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"];
        const git = (...args: string[]) => execFileSync("git", [...who, ...args], { cwd: folder, encoding: "utf8" });
        git("init", "--quiet");
        git("add", ".");
        git("commit", "--quiet", "--message", "All");
        return [folder, git("rev-parse", "HEAD").trim()];
    }

    interface Audited {
        readonly repository: string;
        readonly file: string;
        readonly unintended: readonly { readonly object: object; readonly field: string; readonly values: object }[];
        readonly intended: readonly { readonly reasons: readonly string[] }[];
    }

    it("prints the undeclared differences of each repository, and exits with 1", async () => {
        await repositories(["infrastructure"]);
        const { code, data } = await given.project.json("audit");
        assert.deepEqual([code, Object.keys(data), data.schemaVersion], [1, ["schemaVersion", "audits"], 1]);
        const [infrastructure, platform, apps] = data.audits as [Audited, Audited, Audited];
        assert.deepEqual(
            [infrastructure, platform, apps].map(({ repository, file, unintended }) => [
                repository,
                file,
                unintended.length,
            ]),
            [
                ["fluxcd-infrastructure", "infrastructure/audit.yaml", 0],
                ["fluxcd-platform", "platform/audit.yaml", 0],
                ["fluxcd-apps", "apps/audit.yaml", 1],
            ],
        );
        assert.deepEqual(infrastructure.intended[0]?.reasons, ["staging is larger"]);
        const [{ field, values } = assert.fail()] = apps.unintended;
        assert.deepEqual([field, values], ["data.size", { dev: "small", staging: "large" }]);
    });

    it("exits with 0 if every difference is declared, or if the only source of --source has none", async () => {
        await repositories(["infrastructure", "apps"]);
        const all = await given.project.json("audit");
        assert.deepEqual([all.code, (all.data.audits as Audited[]).length], [0, 3]);
        const { code, data } = await given.project.json("audit", "--source", "platform");
        const audits = (data.audits as Audited[]).map(({ repository }) => repository);
        assert.deepEqual([code, audits], [0, ["fluxcd-platform"]]);
    });

    it("includes the second folder of the infrastructure, whose differences are the infrastructure's", async () => {
        await repositories(["infrastructure"], "large");
        const { code, data } = await given.project.json("audit", "--source", "infrastructure");
        const object = { kind: "ConfigMap", namespace: "podinfo", name: "configs" };
        const [{ unintended, intended } = assert.fail()] = data.audits as Audited[];
        assert.deepEqual(
            [code, unintended.map(({ object, field, values }) => ({ object, field, values }))],
            [1, [{ object, field: "data.size", values: { dev: "small", staging: "large" } }]],
        );
        assert.deepEqual(
            intended.map(({ reasons }) => reasons),
            [["staging is larger"]],
        );
    });

    it("exits with 2 and prints the error as JSON for an unknown source or ref", async () => {
        await repositories([]);
        const source = await given.project.json("audit", "--source", "flagger");
        const names = "infrastructure, platform, apps";
        const error = `flagger is not a promoted source: expected one of ${names}.`;
        assert.deepEqual([source.code, source.data], [2, { schemaVersion: 1, error, problems: [] }]);
        const ref = await given.project.json("audit", "--source", "apps", "--ref", "gone");
        assert.deepEqual(
            [ref.code, ref.data.error, ref.data.schemaVersion],
            [2, "fluxcd-apps has no branch, tag or commit gone.", 1],
        );
    });
});
