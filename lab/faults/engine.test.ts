import assert from "node:assert/strict";
import { test } from "node:test";
import { merged } from "./engine.ts";

void test("settings are merged field by field at any depth, and lists are replaced as a whole", () => {
    const committed = {
        "github:owner": "misua",
        "fluxcd:sources": { apps: { tag: "staging-v1.0.0" }, infrastructure: { tag: "staging-v1.0.0" } },
        "fluxcd:flux": { components: ["source-controller"] },
    };
    const changes = {
        "fluxcd:sources": { apps: { tag: "staging-v1.1.0", interval: "2m" } },
        "fluxcd:kustomizations": { apps: { timeout: "90s" } },
        "fluxcd:flux": { components: ["kustomize-controller"] },
    };
    assert.deepEqual(merged(committed, changes), {
        "github:owner": "misua",
        "fluxcd:sources": {
            apps: { tag: "staging-v1.1.0", interval: "2m" },
            infrastructure: { tag: "staging-v1.0.0" },
        },
        "fluxcd:flux": { components: ["kustomize-controller"] },
        "fluxcd:kustomizations": { apps: { timeout: "90s" } },
    });
});

void test("settings that are merged are left as they were", () => {
    const committed = { "fluxcd:sources": { apps: { branch: "main" } } };
    merged(committed, { "fluxcd:sources": { apps: { interval: "2m" } } });
    assert.deepEqual(committed, { "fluxcd:sources": { apps: { branch: "main" } } });
});
