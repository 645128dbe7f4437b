import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { FirstContent } from "../../components/firstContent";
import { UninstallStep } from "../../components/uninstallStep";
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

describe("The provider code of a dynamic resource in the state", () => {
    let engine: Engine;

    beforeEach(async () => {
        engine = await startEngine();
        new UninstallStep("step", { ...uninstall, step: "look" });
        new FirstContent("content", {
            url: "https://github.com/misua/apps.git",
            directory: "scaffold",
            branch: "main",
        });
        await settled();
    });

    for (const [type, name, file] of [
        ["pulumi-nodejs:dynamic/flux:UninstallStep", "step", "uninstall/provider.cjs"],
        ["pulumi-nodejs:dynamic/github:FirstContent", "content", "components/firstContent/provider.cjs"],
    ] as const) {
        it(`equals the project file ${file}`, () => {
            const { __provider: code } = engine.one(type, name).inputs;
            assert.equal(code, readFileSync(file, "utf8"));
        });

        it(`is shorter than 1000 characters and contains no local path: ${file}`, () => {
            const code = String(engine.one(type, name).inputs.__provider);
            assert.ok(code.length < 1000, `${code.length} characters`);
            assert.ok(!code.includes(process.cwd()));
        });
    }

    /** What a provider's function ends with, in a process of its own as Pulumi starts it. */
    const outcome = (code: unknown, call: string) => {
        const script = `${String(code)}
            exports.handler().${call}.then((value) => ({ value }), ({ code, message }) => ({ code, message }))
                .then((it) => process.stdout.write(JSON.stringify(it), () => process.exit()));`;
        return JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" })) as Record<
            string,
            unknown
        >;
    };
    const step = () => engine.one("pulumi-nodejs:dynamic/flux:UninstallStep", "step").inputs.__provider;
    const content = () => engine.one("pulumi-nodejs:dynamic/github:FirstContent", "content").inputs.__provider;

    it("loads the uninstall steps from the project", () => {
        const state = { ...uninstall, context: "nowhere", step: "look", stack: "dev", kustomizations: [] };
        const { message } = outcome(step(), `delete("look", ${JSON.stringify(state)})`);
        assert.match(String(message), /^The cluster of kubeconfig context nowhere cannot be reached/);
    });

    it("loads the first push from the project", () => {
        const state = { url: "http://127.0.0.1:1/apps.git", directory: "scaffold", branch: "main" };
        assert.equal(outcome(content(), `create(${JSON.stringify(state)})`).code, "ECONNREFUSED");
    });

    it("reports a change if a setting of an uninstall step changes, and none otherwise", () => {
        const differs = (news: object) =>
            outcome(step(), `diff("look", ${JSON.stringify(uninstall)}, ${JSON.stringify(news)})`).value;
        assert.deepEqual(differs({ ...uninstall }), { changes: false });
        assert.deepEqual(differs({ ...uninstall, keepNamespace: true }), { changes: true });
    });

    it("reports no change for FirstContent, whatever its settings", () => {
        const { value } = outcome(content(), 'diff("id", { branch: "main" }, { branch: "trunk" })');
        assert.deepEqual(value, { changes: false });
    });
});
