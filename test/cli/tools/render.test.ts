import assert from "node:assert/strict";
import { join } from "node:path";

import { parseAllDocuments } from "yaml";

import { fetchArtifact, inScratchFolder } from "../../../cli/tools/artifact";
import { findKustomize, render } from "../../../cli/tools/render";
import { committed } from "./commits";
import { leftOut } from "./leftOut";
import { folders, type Tree } from "./trees";

interface Named {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What a folder renders to from a clone. */
export async function rendered({ folder, source, ...tree }: Tree) {
    const { cloneUrl, commit } = committed(tree);
    const kustomize = findKustomize();
    assert.ok(kustomize);
    return inScratchFolder("test", async (directory) => {
        const artifact = await fetchArtifact({ cloneUrl, token: "t" }, commit, join(directory, "tree"), {
            name: "apps",
            ...source,
        });
        return render(kustomize, artifact, { path: "./overlay", ...folder });
    });
}

function namesIn(manifests: string): string[] {
    return parseAllDocuments(manifests).flatMap((document) => {
        const { kind, metadata } = (document.toJS() ?? {}) as Partial<Named>;
        const namespace = metadata?.namespace === undefined ? "" : `${metadata.namespace}/`;
        return kind === undefined ? [] : [`${kind} ${namespace}${metadata?.name ?? ""}`];
    });
}

describe("Rendering as Flux does", function () {
    this.timeout(60_000);

    for (const tree of [...folders, ...leftOut]) {
        it(tree.title, async () => {
            const found = await rendered(tree);
            if (tree.expected instanceof RegExp) {
                assert.ok(typeof found !== "string", JSON.stringify(found));
                assert.match(found.failure, tree.expected);
                assert.ok(!found.isOnlyHere, found.failure);
                return;
            }
            assert.ok(typeof found === "string", JSON.stringify(found));
            assert.deepEqual(namesIn(found).toSorted(), tree.expected.toSorted());
            assert.match(found, tree.contains ?? /^/);
        });
    }
});
