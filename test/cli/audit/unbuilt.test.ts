import assert from "node:assert/strict";

import { committed } from "../tools/commits";
import { map } from "../tools/trees";
import { names, threeSources, type ThreeSources } from "../threeSources";

const broken = "resources: [gone.yaml]\n";

describe("fluxcd audit with folders as people have them", function () {
    this.timeout(60_000);
    let given: ThreeSources;

    afterEach(() => given.world.close());

    /** Gives each repository one commit, with the overlays of dev and staging. */
    async function repositories(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}) {
        given = await threeSources();
        for (const name of names) {
            const overlays = {
                [`${name}/overlays/dev/a.yaml`]: map("a"),
                [`${name}/overlays/staging/a.yaml`]: map("a"),
                "infrastructure/configs/overlays/dev/a.yaml": map("b"),
                "infrastructure/configs/overlays/staging/a.yaml": map("b"),
            };
            const others = name === "platform" ? { "platform/a.yaml": map("a") } : overlays;
            const { cloneUrl, commit } = committed(name === "apps" ? { files, links } : { files: others });
            const at = `GET /api/v3/repos/misua/fluxcd-${name}`;
            given.world.answers.set(at, { ssh_url: "", clone_url: cloneUrl, node_id: "", html_url: "" });
            given.world.answers.set(`${at}/commits/heads/main`, { sha: commit });
            given.world.answers.set(`${at}/commits/tags/staging-v1.0.0`, { sha: commit });
        }
    }

    interface Audited {
        readonly repository: string;
        readonly unintended: readonly { readonly field: string; readonly values: object }[];
        readonly stale: readonly object[];
        readonly unbuilt: readonly { readonly path: string; readonly failure: string; readonly isOnlyHere: boolean }[];
    }

    async function audited() {
        const { code, data } = await given.project.json("audit");
        return { code, audits: data.audits as Audited[] };
    }

    it("compares folders without a kustomization", async () => {
        await repositories({
            "apps/overlays/dev/a.yaml": map("a", "x: y"),
            "apps/overlays/staging/a.yaml": map("a", "x: z"),
        });
        const { code, audits } = await audited();
        assert.equal(code, 1);
        assert.deepEqual(
            audits.flatMap(({ unintended }) => unintended.map(({ field, values }) => [field, values])),
            [["data.x", { dev: "y", staging: "z" }]],
        );
        assert.deepEqual(
            audits.flatMap(({ unbuilt }) => unbuilt),
            [],
        );
    });

    it("reports a folder that does not build, exits with 1, and goes on with all others", async () => {
        await repositories({
            "apps/overlays/dev/a.yaml": map("a"),
            "apps/overlays/staging/kustomization.yaml": broken,
            "apps/audit.yaml": "differences: [{ target: { name: a }, fields: [data.x], reason: staging is larger }]\n",
        });
        const { code, audits } = await audited();
        assert.deepEqual(
            [code, audits.map(({ repository }) => repository)],
            [1, names.map((name) => `fluxcd-${name}`)],
        );
        assert.deepEqual(
            audits.flatMap(({ unbuilt }) => unbuilt.map(({ path, isOnlyHere }) => [path, isOnlyHere])),
            [["apps/overlays/staging", false]],
        );
        assert.deepEqual([audits[2]?.unintended, audits[2]?.stale], [[], []]);
        const { stdout, stderr } = await given.project.run(["audit"]);
        assert.match(stdout, /^✓ fluxcd-infrastructure/m);
        assert.match(
            stdout,
            /Not compared: 1\n {4}apps\/overlays\/staging does not build here at main \(\w{7}\):\n +\S/,
        );
        assert.match(stdout, /gone\.yaml/);
        assert.doesNotMatch(stdout, /Flux could not/);
        assert.match(stderr, /Not all folders of fluxcd-apps could be compared\.\n$/);
    });

    it("names the symbolic link that Flux does not read", async () => {
        await repositories(
            {
                "apps/overlays/dev/kustomization.yaml": "resources: [link.yaml]\n",
                "apps/overlays/staging/a.yaml": map("a"),
                "apps/base/a.yaml": map("a"),
            },
            { "apps/overlays/dev/link.yaml": "../../base/a.yaml" },
        );
        const { audits } = await audited();
        const [{ failure } = assert.fail()] = audits[2]?.unbuilt ?? [];
        assert.match(failure, /\nFlux does not read apps\/overlays\/dev\/link\.yaml: .* is a symbolic link\.$/);
    });

    it("reports a repository that cannot be fetched, and goes on with the others", async () => {
        await repositories({ "apps/overlays/dev/a.yaml": map("a"), "apps/overlays/staging/a.yaml": map("a") });
        const at = "GET /api/v3/repos/misua/fluxcd-apps";
        given.world.answers.set(at, { ssh_url: "", clone_url: "/nowhere", node_id: "", html_url: "" });
        const { code, audits } = await audited();
        assert.deepEqual([code, audits.length], [1, 3]);
        assert.deepEqual(
            audits.map(({ unbuilt }) => unbuilt.map(({ isOnlyHere }) => isOnlyHere)),
            [[], [], [true, true]],
        );
        assert.match(audits[2]?.unbuilt[0]?.failure ?? "", /^git could not fetch [0-9a-f]{40} from \/nowhere: /);
    });
});
