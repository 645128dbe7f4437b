import assert from "node:assert/strict";

import { compareWithLastTime } from "../../components/lastTime";
import { readConfig } from "../../config";
import type { Found, FoundSource } from "../../preflight";
import { type Engine, startEngine } from "../support/engine";
import { settled } from "../support/program";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const stash = "pulumi:index:Stash";
const stackReference = "pulumi:pulumi:StackReference";
const [first, second] = ["1".repeat(40), "2".repeat(40)];

/** What a stack remembers of its last update. */
interface Before {
    readonly cluster: string;
    readonly apps: { readonly ref: string; readonly commit?: string };
}

describe("Compared with last time", () => {
    let engine: Engine;

    async function stack(name: string, before?: Before, overrides: Record<string, unknown> = {}) {
        engine = await startEngine(name, {
            [stash]: () => (before ? { output: before.cluster } : {}),
            [stackReference]: () => ({ outputs: before ? { apps: before.apps } : {} }),
        });
        process.env.GITHUB_TOKEN = "token-of-the-test";
        useStackFile(`Pulumi.${name}.yaml`, overrides);
        return readConfig();
    }

    const release = { ref: "prod-v1.0.0", commit: first };
    const before = { cluster: "uid", apps: release };
    const apps = (overrides: object) => ({ "fluxcd:apps": { tag: "prod-v1.0.0", ...overrides } });

    it("a first time has nothing to differ from, and takes the commits of the tags", async () => {
        const refs = await compareWithLastTime(await stack("production"), found("uid", first));
        assert.deepEqual(refs, {
            infrastructure: { tag: "prod-v1.0.0", commit: first },
            apps: { tag: "prod-v1.0.0", commit: first },
        });
        assert.equal(engine.one(stash, "cluster").inputs.input, "uid");
        assert.equal(engine.one(stackReference, "last-time").options.id, "organization/fluxcd/production");
    });

    it("the same cluster and the same commits go on", async () => {
        const config = await stack("production", before);
        assert.deepEqual((await compareWithLastTime(config, found("uid", first))).apps, {
            tag: "prod-v1.0.0",
            commit: first,
        });
    });

    it("takes no commit of a branch, which moves", async () => {
        const config = await stack("dev", { cluster: "uid", apps: { ref: "main" } });
        assert.deepEqual((await compareWithLastTime(config, found("uid", second))).apps, { branch: "main" });
    });

    it("another tag than last time may be another commit", async () => {
        const config = await stack("production", { ...before, apps: { ref: "prod-v0.9.0", commit: second } });
        assert.deepEqual((await compareWithLastTime(config, found("uid", first))).apps, {
            tag: "prod-v1.0.0",
            commit: first,
        });
    });

    it("another cluster is refused by both uids and the key that accepts it, and leaves no trace", async () => {
        const config = await stack("production", before);
        const refused = refusal("fluxcd:context", "fluxcd:clusterUid other");
        await assert.rejects(compareWithLastTime(config, found("other", first)), refused);
        assert.deepEqual(engine.one(stash, "cluster").options.ignoreChanges, ["input"]);
    });

    it("another cluster that config accepts is remembered instead", async () => {
        const config = await stack("production", before, { "fluxcd:clusterUid": "other" });
        await compareWithLastTime(config, found("other", first));
        await settled();
        assert.deepEqual(engine.one(stash, "cluster").options.replaceOnChanges, ["input"]);
    });

    it("a moved tag is refused by both commits and the key that accepts it", async () => {
        const config = await stack("production", { ...before, apps: { ...release, commit: second } });
        const refused = refusal(
            "fluxcd:apps.tag",
            `pointed to ${second} when this stack took it and points to ${first}`,
        );
        await assert.rejects(compareWithLastTime(config, found("uid", first)), refused);
    });

    it("a moved tag whose new commit is pinned is accepted", async () => {
        const config = await stack(
            "production",
            { ...before, apps: { ...release, commit: second } },
            apps({ commit: first }),
        );
        assert.deepEqual((await compareWithLastTime(config, found("uid", first))).apps, {
            tag: release.ref,
            commit: first,
        });
    });
});

function found(clusterUid: string, commit: string): Found {
    const source: FoundSource = { sshUrl: "", httpUrl: "", htmlUrl: "", nodeId: "", visibility: "private", commit };
    return { clusterUid, manifest: [], sshHostKeys: [], infrastructure: source, apps: source };
}
