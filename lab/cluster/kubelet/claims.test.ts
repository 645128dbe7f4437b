import type { V1PersistentVolume, V1PersistentVolumeClaim } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { claimedPaths, type ClaimApi } from "./claims.ts";
import { Refusal } from "./controllers.ts";
import type { Plain, Pod } from "./plain.ts";

const pod = {
    metadata: { namespace: "flux-system" },
    spec: {
        containers: [],
        volumes: [
            { name: "data", persistentVolumeClaim: { claimName: "source-controller" } },
            { name: "tmp", emptyDir: {} },
        ],
    },
} as Pod;

/** An API server with one claim, and the volume that it is bound to. */
function serving(claim: Plain<V1PersistentVolumeClaim>, volume: Plain<V1PersistentVolume> = {}): ClaimApi {
    return {
        readNamespacedPersistentVolumeClaim: ({ name, namespace }) => {
            assert.deepEqual([namespace, name], ["flux-system", "source-controller"]);
            return Promise.resolve(claim);
        },
        readPersistentVolume: ({ name }) => {
            assert.equal(name, "volume");
            return Promise.resolve(volume);
        },
    };
}

const bound: Plain<V1PersistentVolumeClaim> = { spec: { volumeName: "volume" }, status: { phase: "Bound" } };

void test("a bound claim is the directory of its volume", async () => {
    const directory = mkdtempSync(join(tmpdir(), "lab-claims-"));
    const path = join(directory, "made");
    const paths = await claimedPaths(serving(bound, { spec: { hostPath: { path } } }), pod);
    assert.deepEqual([...paths], [["data", path]]);
    assert.ok(existsSync(path));
    rmSync(directory, { recursive: true });
});

void test("a claim that is not bound keeps the container waiting", async () => {
    const pending = { spec: {}, status: { phase: "Pending" } };
    await assert.rejects(
        claimedPaths(serving(pending), pod),
        (error) =>
            error instanceof Refusal && error.reason === "ContainerCreating" && error.message.includes("not bound"),
    );
});

void test("a volume of another kind is refused", async () => {
    const nfs = { spec: { nfs: { server: "nfs.example.com", path: "/" } } };
    await assert.rejects(claimedPaths(serving(bound, nfs), pod), /hostPath alone/);
});
