import assert from "node:assert/strict";
import { join } from "node:path";
import { describe as group, it } from "node:test";
import { cacheDirectory } from "./paths.ts";
import { describe, originOf, type Status } from "./status.ts";

void group("the tools that the status names", () => {
    const tools = {
        pulumi: join(cacheDirectory, "tools", "0123", "pulumi"),
        "pulumi-resource-kubernetes": join(cacheDirectory, "official", "resource-kubernetes-v4.34.2", "plugin"),
        kubectl: "/usr/bin/kubectl",
        "pulumi-language-nodejs": "stand-in",
    };
    const status: Status = {
        healthy: true,
        up: true,
        clusters: [],
        parts: [],
        controllers: [],
        tools: Object.entries(tools).map(([name, path]) => ({ name, path, from: originOf(path) })),
        memoryBytes: 0,
    };

    void it("are told by where they are from, and of Pulumi its Node.js host alone stands in", () => {
        assert.deepEqual(describe(status).split("\n").slice(-4), [
            "installed  kubectl",
            "downloaded pulumi-resource-kubernetes",
            "built      pulumi",
            "stand-in   pulumi-language-nodejs",
        ]);
    });
});
