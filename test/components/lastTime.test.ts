import assert from "node:assert/strict";

import { compareWithLastTime } from "../../components/lastTime";
import { readConfig } from "../../config";
import type { Found, FoundSource } from "../../preflight";
import { type Engine, startEngine } from "../support/engine";
import { settled } from "../support/program";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const stash = "pulumi:index:Stash";
const [first, second] = ["1".repeat(40), "2".repeat(40)];

describe("Compared with last time", () => {
    let engine: Engine;

    /** A stack that remembers `before` under each name, or nothing yet. */
    async function stack(name: string, before?: Record<string, string>, overrides: Record<string, unknown> = {}) {
        engine = await startEngine(name, { [stash]: recalled(before) });
        process.env.GITHUB_TOKEN = "token-of-the-test";
        useStackFile(`Pulumi.${name}.yaml`, overrides);
        return readConfig();
    }

    const remembered = { cluster: "uid", "infrastructure-prod-v1.0.0": first, "apps-prod-v1.0.0": first };
    const apps = (overrides: object) => ({ "fluxcd:apps": { tag: "prod-v1.0.0", ...overrides } });

    it("a first time has nothing to differ from, and takes the commits of the tags", async () => {
        const refs = await compareWithLastTime(await stack("production"), found("uid", first));
        assert.deepEqual(refs, {
            infrastructure: { tag: "prod-v1.0.0", commit: first },
            apps: { tag: "prod-v1.0.0", commit: first },
        });
        assert.deepEqual(
            engine.ofType(stash).map(({ name, inputs }) => [name, inputs.input]),
            [
                ["cluster", "uid"],
                ["infrastructure-prod-v1.0.0", first],
                ["apps-prod-v1.0.0", first],
            ],
        );
    });

    it("the same cluster and the same commits go on", async () => {
        const config = await stack("production", remembered);
        assert.deepEqual((await compareWithLastTime(config, found("uid", first))).apps, {
            tag: "prod-v1.0.0",
            commit: first,
        });
    });

    it("remembers no commit of a branch, which moves", async () => {
        const refs = await compareWithLastTime(await stack("dev"), found("uid", first));
        assert.deepEqual(refs.apps, { branch: "main" });
        assert.deepEqual(
            engine.ofType(stash).map(({ name }) => name),
            ["cluster"],
        );
    });

    it("another cluster is refused by both uids and the key that accepts it, and leaves no trace", async () => {
        const config = await stack("production", remembered);
        const refused = refusal("fluxcd:context", "fluxcd:clusterUid other");
        await assert.rejects(compareWithLastTime(config, found("other", first)), refused);
        assert.deepEqual(engine.one(stash, "cluster").options.ignoreChanges, ["input"]);
    });

    it("another cluster that config accepts is remembered instead", async () => {
        const config = await stack("production", remembered, { "fluxcd:clusterUid": "other" });
        await compareWithLastTime(config, found("other", first));
        await settled();
        assert.deepEqual(engine.one(stash, "cluster").options.replaceOnChanges, ["input"]);
    });

    it("a moved tag is refused by both commits and the key that accepts it, and leaves no trace", async () => {
        const config = await stack("production", { ...remembered, "apps-prod-v1.0.0": second });
        const refused = refusal(
            "fluxcd:apps.tag",
            `pointed to ${second} when this stack took it and points to ${first}`,
        );
        await assert.rejects(compareWithLastTime(config, found("uid", first)), refused);
        assert.deepEqual(engine.one(stash, "apps-prod-v1.0.0").options.ignoreChanges, ["input"]);
    });

    it("a moved tag whose commit is pinned is remembered instead", async () => {
        const config = await stack("production", remembered, apps({ commit: first }));
        await compareWithLastTime(config, found("uid", first));
        await settled();
        assert.deepEqual(engine.one(stash, "apps-prod-v1.0.0").options.replaceOnChanges, ["input"]);
        assert.deepEqual(engine.one(stash, "infrastructure-prod-v1.0.0").options.ignoreChanges, ["input"]);
    });
});

function recalled(before: Record<string, string> = {}) {
    return (name: string) => (name in before ? { output: before[name] } : {});
}

function found(clusterUid: string, commit: string): Found {
    const source: FoundSource = { sshUrl: "", httpUrl: "", htmlUrl: "", nodeId: "", visibility: "private", commit };
    return { clusterUid, manifest: [], sshHostKeys: [], infrastructure: source, apps: source };
}
