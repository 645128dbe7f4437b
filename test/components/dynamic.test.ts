import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { FirstContent } from "../../components/firstContent";
import { TeardownStep } from "../../components/teardown";
import { type Engine, startEngine } from "../support/engine";
import { settled } from "../support/program";

const uninstall = {
    context: "dev",
    clusterUid: "uid",
    namespace: "flux-system",
    keepDefinitions: false,
    keepNamespace: false,
    uninstallSeconds: 300,
};

describe("The code of a dynamic resource, which is in the state", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
        new TeardownStep("step", { ...uninstall, step: "look" });
        new FirstContent("content", {
            url: "https://github.com/misua/apps.git",
            directory: "scaffold",
            branch: "main",
        });
        await settled();
    });

    for (const [type, name, file] of [
        ["pulumi-nodejs:dynamic/flux:TeardownStep", "step", "components/teardown/provider.cjs"],
        ["pulumi-nodejs:dynamic/github:FirstContent", "content", "components/firstContent/provider.cjs"],
    ] as const) {
        it(`is a file of the project as it is, whatever loads the program: ${file}`, () => {
            const { __provider: code } = engine.one(type, name).inputs;
            assert.equal(code, readFileSync(file, "utf8"));
        });

        it(`is short and has no path of this machine: ${file}`, () => {
            const code = String(engine.one(type, name).inputs.__provider);
            assert.ok(code.length < 1000, `${code.length} characters`);
            assert.ok(!code.includes(process.cwd()));
        });
    }
});
