import assert from "node:assert/strict";

import { filesHere } from "../../checks/files";
import { overlayOf } from "../../checks/overlay";

/** Files by path. */
const filesOf = (texts: Readonly<Record<string, string>>) => ({
    paths: Object.keys(texts),
    text: (path: string) => Promise.resolve(texts[path]),
});

const object = (kind: string, name: string, more = "") =>
    `{apiVersion: v1, kind: ${kind}, metadata: {name: ${name}${more}}}\n`;

async function read(texts: Readonly<Record<string, string>>, folder = "deploy") {
    const { objects, isComplete } = await overlayOf(filesOf(texts), folder);
    return [objects.map(({ kind, name, namespace }) => [kind, namespace, name].join(" ")).sort(), isComplete];
}

describe("The objects of a folder", () => {
    it("are those of all files where there is no kustomization", async () => {
        const texts = {
            "deploy/a.yaml": object("ConfigMap", "a"),
            "deploy/more/b.yml": `${object("Namespace", "b")}---\n${object("Service", "c", ", namespace: b")}`,
            "deploy/README.md": "no manifest",
            "elsewhere/d.yaml": object("ConfigMap", "d"),
        };
        assert.deepEqual(await read(texts), [["ConfigMap  a", "Namespace  b", "Service b c"], true]);
    });

    it("are those of a folder below with a kustomization as that one has them", async () => {
        const texts = {
            "deploy/a.yaml": object("ConfigMap", "a"),
            "deploy/app/kustomization.yaml": "namespace: app\nresources: [used.yaml]\n",
            "deploy/app/used.yaml": object("ConfigMap", "used"),
            "deploy/app/unused.yaml": object("ConfigMap", "unused"),
        };
        assert.deepEqual(await read(texts), [["ConfigMap  a", "ConfigMap app used"], true]);
    });

    it("follow bases, components, namespaces and prefixes", async () => {
        const texts = {
            "deploy/kustomization.yml": "namePrefix: my-\nresources: [../base/]\ncomponents: [../extra]\n",
            "base/kustomization.yaml": "namespace: team\nresources: [all.yaml]\n",
            "base/all.yaml": `${object("Namespace", "namespace")}---\n${object("Service", "web")}`,
            "extra/Kustomization": "resources: [more.yaml]\n",
            "extra/more.yaml": object("ConfigMap", "more"),
        };
        const expected = ["ConfigMap  my-more", "Namespace  team", "Service team my-web"];
        assert.deepEqual(await read(texts), [expected, true]);
    });

    it("are those inside a List", async () => {
        const items = [object("Namespace", "a"), object("ConfigMap", "b")].map((it) => `  - ${it}`).join("");
        const list = `kind: List\napiVersion: v1\nitems:\n${items}`;
        assert.deepEqual(await read({ "deploy/a.yaml": list }), [["ConfigMap  b", "Namespace  a"], true]);
    });

    for (const [what, kustomization] of [
        ["a remote base", "resources: ['https://github.com/misua/base//deploy?ref=v1']"],
        ["a missing file", "resources: [missing.yaml]"],
        ["a chart", "helmCharts: [{name: redis}]"],
        ["a transformer", "transformers: [t.yaml]"],
        ["a patch that deletes", "resources: [a.yaml]\npatches: [{patch: '$patch: delete'}]"],
        ["a patch file that deletes", "resources: [a.yaml]\npatches: [{path: p.yaml}]"],
        [
            "a patch that renames",
            "resources: [a.yaml]\npatches: [{patch: '[{op: replace, path: /metadata/namespace}]'}]",
        ],
        ["itself as a base", "resources: [../deploy]"],
        ["no YAML", "resources: ["],
        ["an entry that is no text", "resources: [{a: b}]"],
    ] as const) {
        it(`are not known to be complete with ${what}`, async () => {
            const texts = {
                "deploy/kustomization.yaml": kustomization,
                "deploy/a.yaml": object("ConfigMap", "a"),
                "deploy/p.yaml": "$patch: delete\n",
            };
            assert.equal((await read(texts))[1], false);
        });
    }

    it("are known to be complete with a patch that changes fields", async () => {
        const texts = {
            "deploy/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]",
            "deploy/a.yaml": object("ConfigMap", "a"),
            "deploy/p.yaml": "data: {a: b}\n",
        };
        assert.deepEqual(await read(texts), [["ConfigMap  a"], true]);
    });

    it("are not read from a folder with very many files, each of which is a request", async () => {
        const many = Array.from({ length: 101 }, (_, at) => [`deploy/${at}.yaml`, object("ConfigMap", `a${at}`)]);
        assert.deepEqual(await read(Object.fromEntries(many) as Record<string, string>), [[], false]);
    });

    it("are none where there is no folder", async () => {
        assert.deepEqual(await read({}), [[], false]);
    });

    for (const environment of ["dev", "staging", "production"]) {
        it(`are read completely in the first content for ${environment}`, async () => {
            const files = filesHere("scaffold/fluxcd-infrastructure");
            const overlay = await overlayOf(files, `infrastructure/overlays/${environment}`);
            assert.ok(overlay.isComplete);
            const bindings = overlay.objects.filter(({ kind }) => kind === "RoleBinding");
            assert.deepEqual(
                bindings.map(({ namespace, name }) => `${namespace ?? ""} ${name}`),
                ["podinfo apps-reconciler"],
            );
            const apps = await overlayOf(filesHere("scaffold/fluxcd-apps"), `apps/overlays/${environment}`);
            assert.ok(apps.isComplete && apps.objects.length > 2);
        });
    }
});
