import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { fetchArtifact, inScratchFolder, NotFetched } from "../../../cli/tools/artifact";
import { plainDiff } from "../../../cli/tools/git";
import { findKustomize, render } from "../../../cli/tools/render";
import { scratchFolder } from "../../support/scratch";
import { committed } from "./commits";
import { generator, map } from "./trees";

/** Runs with other variables in the environment of this process; undefined removes one. */
async function withVariables<T>(variables: Readonly<Record<string, string | undefined>>, use: () => Promise<T>) {
    const before = { ...process.env };
    const set = (values: Readonly<Record<string, string | undefined>>) => {
        for (const [name, value] of Object.entries(values)) {
            if (value === undefined) {
                Reflect.deleteProperty(process.env, name);
            } else {
                process.env[name] = value;
            }
        }
    };
    set(variables);
    try {
        return await use();
    } finally {
        set(Object.fromEntries(Object.keys(variables).map((name) => [name, before[name]])));
    }
}

const files = {
    ".gitattributes": "*.txt text filter=rot\n",
    "overlay/kustomization.yaml": generator("id.txt"),
    "overlay/a.yaml": map("a"),
    "overlay/id.txt": "one $Id$\ntwo\n",
};

/** The bytes of a file as they are rendered from. */
async function readHere(): Promise<string> {
    const { cloneUrl, commit } = committed({ files });
    return inScratchFolder("test", async (directory) => {
        const { root } = await fetchArtifact({ cloneUrl, token: "t" }, commit, join(directory, "tree"));
        return readFileSync(join(root, "overlay/id.txt"), "utf8");
    });
}

function script(name: string, text: string): string {
    const file = join(scratchFolder(), name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
}

describe("Rendering on a person's machine", function () {
    this.timeout(60_000);

    /** Settings that people have in ~/.gitconfig, and one that leads to a file. */
    const settings: Readonly<Record<string, (marker: string) => Readonly<Record<string, string>>>> = {
        "converts line endings": () => ({ "core.autocrlf": "true", "core.eol": "crlf", "core.safecrlf": "true" }),
        "has a filter": () => ({ "filter.rot.smudge": "tr a-z b-za", "filter.rot.required": "true" }),
        "has attributes for all repositories": () => {
            const attributes = join(scratchFolder(), "attributes");
            writeFileSync(attributes, "* ident text eol=crlf working-tree-encoding=UTF-16\n");
            return { "core.attributesFile": attributes };
        },
        "has hooks for all repositories": (marker) => {
            const hooks = scratchFolder();
            for (const name of ["post-checkout", "reference-transaction", "post-index-change"]) {
                writeFileSync(join(hooks, name), `#!/bin/sh\necho ${name} >> ${marker}\nexit 1\n`, { mode: 0o755 });
            }
            return { "core.hooksPath": hooks };
        },
        "has a template for new repositories": (marker) => {
            const template = scratchFolder();
            mkdirSync(join(template, "hooks"));
            const hook = join(template, "hooks/reference-transaction");
            writeFileSync(hook, `#!/bin/sh\necho template >> ${marker}\nexit 1\n`, { mode: 0o755 });
            return { "init.templateDir": template };
        },
        "watches files": (marker) => ({ "core.fsmonitor": script("watch", `echo watch >> ${marker}`) }),
        "makes repositories with SHA-256": () => ({ "init.defaultObjectFormat": "sha256" }),
        "allows bare repositories only if they are named": () => ({ "safe.bareRepository": "explicit" }),
        "checks all objects": () => ({ "fetch.fsckObjects": "true", "transfer.fsckObjects": "true" }),
        "fetches submodules": () => ({ "fetch.recurseSubmodules": "true", "submodule.recurse": "true" }),
        "checks out a part": () => ({ "core.sparseCheckout": "true", "core.symlinks": "false" }),
    };
    for (const [title, settingsOf] of Object.entries(settings)) {
        it(`reads the same bytes if a person's Git ${title}`, async () => {
            const marker = join(scratchFolder(), "marker");
            const config = join(scratchFolder(), "gitconfig");
            const lines = Object.entries(settingsOf(marker)).map(([key, value]) => {
                const at = key.lastIndexOf(".");
                const [section, name] = [key.slice(0, at).replace(/\.(.*)$/, ' "$1"'), key.slice(at + 1)];
                return `[${section}]\n\t${name} = ${JSON.stringify(value)}\n`;
            });
            writeFileSync(config, lines.join(""));
            const text = await withVariables({ GIT_CONFIG_GLOBAL: config }, readHere);
            assert.equal(text, files["overlay/id.txt"]);
            assert.throws(() => readFileSync(marker), /ENOENT/);
        });
    }

    const variables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
        "in a hook of another repository": { GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere/index" },
        "in a work tree of another repository": { GIT_WORK_TREE: "/nowhere", GIT_PREFIX: "sub/" },
        "with another store of objects": { GIT_OBJECT_DIRECTORY: "/nowhere/objects", GIT_COMMON_DIR: "/nowhere" },
        "with SHA-256": { GIT_DEFAULT_HASH: "sha256" },
        "with a namespace and replacements": { GIT_NAMESPACE: "other", GIT_REPLACE_REF_BASE: "refs/other" },
        "with settings in the environment": {
            ...{ GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.autocrlf", GIT_CONFIG_VALUE_0: "true" },
            GIT_TEMPLATE_DIR: "/nowhere",
        },
    };
    for (const [title, given] of Object.entries(variables)) {
        it(`reads the same bytes ${title}`, async () => {
            assert.equal(await withVariables(given, readHere), files["overlay/id.txt"]);
        });
    }

    it("says why a commit cannot be fetched, and asks nobody for a password", async () => {
        const asked = join(scratchFolder(), "asked");
        const GIT_ASKPASS = script("ask", `echo asked >> ${asked}`);
        const origin = { cloneUrl: join(scratchFolder(), "gone"), token: "s3cret" };
        const fetched = withVariables({ GIT_ASKPASS }, () =>
            inScratchFolder("test", (directory) => fetchArtifact(origin, "1".repeat(40), join(directory, "tree"))),
        );
        await assert.rejects(fetched, (error) => {
            assert.ok(error instanceof NotFetched);
            assert.match(error.message, /^git could not fetch 1{40} from .*gone: fatal: /);
            assert.doesNotMatch(error.message, /s3cret|czNjcmV0/);
            return true;
        });
        assert.throws(() => readFileSync(asked), /ENOENT/);
    });

    it("says that git is missing", async () => {
        const fetched = withVariables({ PATH: scratchFolder() }, () =>
            inScratchFolder("test", (at) => fetchArtifact({ cloneUrl: "x", token: "" }, "1", join(at, "tree"))),
        );
        await assert.rejects(fetched, /^Error: git is not on the PATH/);
    });

    it("shows the same diff if a person's Git has other ways to show one", async () => {
        const folder = scratchFolder();
        writeFileSync(join(folder, "a.yaml"), "a: 1\nb: 2\n");
        writeFileSync(join(folder, "b.yaml"), "a: 1\nb: 3\n");
        const [config, attributes] = [join(scratchFolder(), "gitconfig"), join(scratchFolder(), "attributes")];
        writeFileSync(attributes, "*.yaml -diff\n");
        writeFileSync(
            config,
            `[diff]\n\texternal = false\n\tcontext = 0\n\talgorithm = patience\n[core]\n\tattributesFile = ${attributes}\n[color]\n\tui = always\n`,
        );
        const diff = await withVariables({ GIT_CONFIG_GLOBAL: config, GIT_DIFF_OPTS: "-u0" }, () =>
            plainDiff(folder, "a.yaml", "b.yaml"),
        );
        assert.equal(diff, "--- a.yaml\n+++ b.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n");
        assert.equal(await plainDiff(folder, "a.yaml", "a.yaml"), "");
    });

    it("gives no variable of this machine to a manifest", async () => {
        const env = {
            "overlay/kustomization.yaml": "configMapGenerator: [{ name: a, envs: [e.env] }]\n",
            "overlay/e.env": "GITHUB_TOKEN\nPULUMI_ACCESS_TOKEN\nEDITOR\nSET=here\n",
        };
        const given = { GITHUB_TOKEN: "s3cret-1", PULUMI_ACCESS_TOKEN: "s3cret-2", EDITOR: "s3cret-3" };
        const { cloneUrl, commit } = committed({ files: env });
        const manifests = await withVariables(given, () =>
            inScratchFolder("test", async (directory) => {
                const artifact = await fetchArtifact({ cloneUrl, token: "" }, commit, join(directory, "tree"));
                return render(findKustomize() ?? assert.fail(), artifact, { path: "overlay" });
            }),
        );
        assert.ok(typeof manifests === "string");
        assert.match(manifests, /SET: here/);
        assert.doesNotMatch(manifests, /s3cret/);
    });

    for (const [title, words] of [
        ["too old for a flag", "echo 'Error: unknown flag: --load-restrictor' >&2; exit 1"],
        ["not installed behind its shim", "exit 126"],
        ["killed", "kill -9 $$"],
    ] as const) {
        it(`knows that only this machine fails if kustomize is ${title}`, async () => {
            const { cloneUrl, commit } = committed({ files: { "overlay/a.yaml": map("a") } });
            const found = await inScratchFolder("test", async (directory) => {
                const artifact = await fetchArtifact({ cloneUrl, token: "" }, commit, join(directory, "tree"));
                return render([script("kustomize", words)], artifact, { path: "overlay" });
            });
            assert.ok(typeof found !== "string" && found.isOnlyHere, JSON.stringify(found));
        });
    }

    for (const [title, files, own] of [
        ["that a kustomization names", { "overlay/kustomization.yaml": "resources: [../vendor/base]\n" }, "vendor"],
        ["in a folder without a kustomization", { "overlay/a.yaml": map("a") }, "overlay/vendor"],
    ] as const) {
        it(`knows that only this machine does not read a submodule ${title}`, async () => {
            const { cloneUrl, commit } = committed({ files: { ...files, [`${own}/`]: "" } });
            const source = { name: "apps", recurseSubmodules: true };
            const found = await inScratchFolder("test", async (directory) => {
                const artifact = await fetchArtifact({ cloneUrl, token: "" }, commit, join(directory, "tree"), source);
                return render(findKustomize() ?? assert.fail(), artifact, { path: "overlay" });
            });
            const failure = `Flux reads the submodule ${own}, which is not read here`;
            assert.deepEqual(found, { failure, isOnlyHere: true });
        });
    }

    it("knows that only this machine may fail to reach another repository, and names it", async () => {
        const base = "https://127.0.0.1:1/org/base?ref=v1";
        const { cloneUrl, commit } = committed({ files: { "overlay/kustomization.yaml": `resources: ["${base}"]\n` } });
        const found = await inScratchFolder("test", async (directory) => {
            const artifact = await fetchArtifact({ cloneUrl, token: "" }, commit, join(directory, "tree"));
            return render(findKustomize() ?? assert.fail(), artifact, { path: "overlay" });
        });
        assert.ok(typeof found !== "string" && found.isOnlyHere, JSON.stringify(found));
        assert.ok(found.failure.includes(`It reads ${base}, which must be reached from here.`), found.failure);
    });
});
