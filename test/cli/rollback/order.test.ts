import assert from "node:assert/strict";

import type { PerSource, Target } from "../../../cli/release/targets";
import type { Stack } from "../../../cli/release/plan";
import { safeOrder } from "../../../cli/rollback/order";
import { CommandError } from "../../../cli/terminal/exit";
import { forgetPrinted } from "../../../cli/tools/pulumi";
import { GitHub } from "../../../clients/github";
import { readConfig } from "../../../config";
import { promotedSources } from "../../../config/sources";
import { mapValues } from "../../../domain/records";
import { startEngine } from "../../support/engine";
import { lists, startFluxWorld } from "../../support/fluxObjects";
import { useStackFile } from "../../support/stack";
import type { World } from "../../support/world";
import { projectWith } from "../project";

const release = (version: string): Target => ({ tag: `staging-v${version}`, commit: `commit-of-${version}` });
const promoted = (name: string) => ({ repository: `fluxcd-${name}`, promoted: true, tag: "staging-v1.4.0" });
const builtIn = { infrastructure: { tag: "staging-v1.4.0" }, apps: { tag: "staging-v1.4.0" } };
const uid = "uid-of-the-cluster";

describe("The order of a rollback of a stack", () => {
    const path = process.env.PATH;
    let world: World;

    beforeEach(async () => {
        world = await startFluxWorld();
        forgetPrinted();
    });

    afterEach(async () => {
        process.env.PATH = path;
        await world.close();
    });

    interface Given {
        readonly sources?: object;
        readonly kustomizations?: object;
        /** The releases that the stack stands on, if they are not 1.4.0 each. */
        readonly stands?: PerSource<Target>;
        readonly history?: readonly object[];
        readonly cluster?: string;
    }

    async function stackWith({ sources, kustomizations, stands, history = [], cluster = uid }: Given): Promise<Stack> {
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml", {
            "fluxcd:sources": { ...builtIn, ...sources },
            "fluxcd:kustomizations": kustomizations ?? {},
        });
        const config = readConfig();
        const outputs = { cluster: { context: "staging", uid: cluster } };
        process.env.PATH = `${projectWith({ staging: { outputs, history } }).bin}:${path ?? ""}`;
        const own = promotedSources(config);
        return {
            ...{ name: "staging", config, sources: own, token: "" },
            settings: { stack: "staging", values: {}, githubBaseUrl: world.url, secrets: [], decrypted: false },
            standings: Object.fromEntries(own.map(({ name }) => [name, stands?.[name] ?? release("1.4.0")])),
            family: { prefix: "staging-v", versions: {}, commitOf: () => Promise.resolve(undefined) },
            github: new GitHub(config.github, "token-of-the-test"),
        };
    }

    /** The cluster has applied these versions. */
    const runs = (versions: Readonly<Record<string, string>>) => {
        for (const [name, version] of Object.entries(versions)) {
            const revision = `staging-v${version}@sha1:commit-of-${version}`;
            const conditions = [{ type: "Ready", status: "True", reason: "ReconciliationSucceeded", message: "" }];
            const status = { lastAppliedRevision: revision, lastAttemptedRevision: revision, conditions };
            const metadata = { name, namespace: "flux-system" };
            world.answers.set(`${lists.kustomizations}/${name}`, { kind: "Kustomization", metadata, status });
        }
    };
    const askedFor = () =>
        world.asked.flatMap((request) =>
            request.startsWith(`${lists.kustomizations}/`) ? [request.split("/").at(-1)] : [],
        );
    const order = (
        stack: Stack,
        versions: Readonly<Record<string, string>>,
        more: { infrastructureFirst?: true } = {},
    ) => safeOrder(stack, mapValues(versions, release), { diff: false, ...more });

    it("sends no request if no other source depends on the source that goes back", async () => {
        const stack = await stackWith({});
        const found = await order(stack, { apps: "1.3.0" });
        assert.deepEqual(found, { now: { apps: release("1.3.0") }, later: {}, notes: [] });
        assert.deepEqual(world.asked, []);
    });

    it("sends no request if the commit of the source that others depend on does not change", async () => {
        const same = { tag: "staging-v1.4.0", commit: "commit-of-1.3.0" };
        const stack = await stackWith({ stands: { infrastructure: same } });
        const { now } = await order(stack, { infrastructure: "1.3.0", apps: "1.3.0" });
        assert.deepEqual(Object.keys(now), ["infrastructure", "apps"]);
        assert.deepEqual(world.asked, []);
    });

    it("takes the apps first, as they depend on the infrastructure in each stack", async () => {
        const stack = await stackWith({});
        runs({ apps: "1.4.0" });
        const { now, later, notes } = await order(stack, { infrastructure: "1.3.0", apps: "1.3.0" });
        assert.deepEqual([now, later], [{ apps: release("1.3.0") }, { infrastructure: release("1.3.0") }]);
        assert.match(notes.join(), /^infrastructure goes back after apps: /);
    });

    it("follows dependencies through Kustomizations of other sources, including unpromoted sources", async () => {
        const stack = await stackWith({
            sources: { flagger: { url: "https://github.com/fluxcd/flagger", tag: "v1.2.0" } },
            kustomizations: {
                apps: { dependsOn: ["canaries"] },
                canaries: { source: "flagger", path: "./kustomize", dependsOn: ["crds"] },
                crds: { source: "infrastructure", path: "./crds" },
            },
        });
        runs({ apps: "1.4.0" });
        const { now, later } = await order(stack, { infrastructure: "1.3.0", apps: "1.3.0" });
        assert.deepEqual([Object.keys(now), Object.keys(later)], [["apps"], ["infrastructure"]]);
        assert.deepEqual(askedFor(), ["apps"]);
    });

    it("takes all sources together if no Kustomization depends on another", async () => {
        const stack = await stackWith({ kustomizations: { apps: { dependsOn: [] } } });
        const { now, later } = await order(stack, { infrastructure: "1.3.0", apps: "1.3.0" });
        assert.deepEqual([Object.keys(now), later], [["infrastructure", "apps"], {}]);
        assert.deepEqual(world.asked, []);
    });

    it("neither waits for a third source that is independent nor reads its Kustomization", async () => {
        const stack = await stackWith({
            sources: { team: promoted("team") },
            kustomizations: { team: { source: "team", path: "./team" } },
        });
        runs({ apps: "1.4.0", team: "1.4.0" });
        const { now, later } = await order(stack, { infrastructure: "1.3.0", apps: "1.3.0", team: "1.3.0" });
        assert.deepEqual([Object.keys(now), Object.keys(later)], [["apps", "team"], ["infrastructure"]]);
        assert.deepEqual(askedFor(), ["apps"]);
        const alone = await order(stack, { team: "1.3.0" });
        assert.deepEqual(Object.keys(alone.now), ["team"]);
    });

    it("takes both dependent sources before the infrastructure", async () => {
        const stack = await stackWith({
            sources: { team: promoted("team") },
            kustomizations: { team: { source: "team", path: "./team", dependsOn: ["infrastructure"] } },
        });
        runs({ apps: "1.4.0", team: "1.4.0" });
        const { now, later } = await order(stack, { infrastructure: "1.3.0", apps: "1.3.0", team: "1.3.0" });
        assert.deepEqual([Object.keys(now), Object.keys(later)], [["apps", "team"], ["infrastructure"]]);
        assert.deepEqual(askedFor().toSorted(), ["apps", "team"]);
    });

    describe("of three sources in a row", () => {
        const inARow: Given = {
            sources: { platform: promoted("platform") },
            kustomizations: {
                platform: { source: "platform", path: "./platform", dependsOn: ["infrastructure"] },
                apps: { dependsOn: ["platform"] },
            },
        };
        const all = { infrastructure: "1.3.0", platform: "1.3.0", apps: "1.3.0" };

        beforeEach(() => {
            runs({ apps: "1.4.0", platform: "1.4.0" });
        });

        it("takes one source after the other, the last dependent first", async () => {
            const { now, later, notes } = await order(await stackWith(inARow), all);
            assert.deepEqual([Object.keys(now), Object.keys(later)], [["apps"], ["platform", "infrastructure"]]);
            assert.deepEqual(
                notes.map((note) => note.split(":")[0]),
                ["infrastructure goes back after platform and apps", "platform goes back after apps"],
            );
        });

        it("takes the last source before the middle one if the first one does not change", async () => {
            const stands = { infrastructure: { tag: "staging-v1.4.0", commit: "commit-of-1.3.0" } };
            const { now, later } = await order(await stackWith({ ...inARow, stands }), all);
            assert.deepEqual([Object.keys(now), Object.keys(later)], [["infrastructure", "apps"], ["platform"]]);
        });

        it("takes all sources together and sends no request with --infrastructure-first", async () => {
            const { now, later } = await order(await stackWith(inARow), all, { infrastructureFirst: true });
            assert.deepEqual([Object.keys(now), later], [Object.keys(all), {}]);
            assert.deepEqual(world.asked, []);
        });
    });

    it("allows the infrastructure alone if an earlier update was healthy with the later apps", async () => {
        const update = (infrastructure: string, apps: string) => ({
            ...{ kind: "update", result: "succeeded" },
            ...{ startTime: "2026-11-01T10:00:00Z", endTime: "2026-11-01T10:05:00Z" },
            config: {
                "github:owner": { value: "misua" },
                "fluxcd:sources": {
                    objectValue: {
                        infrastructure: { tag: `staging-v${infrastructure}` },
                        apps: { tag: `staging-v${apps}` },
                    },
                },
            },
        });
        runs({ apps: "1.4.0" });
        const { now } = await order(await stackWith({ history: [update("1.3.0", "1.4.0")] }), {
            infrastructure: "1.3.0",
        });
        assert.deepEqual(now, { infrastructure: release("1.3.0") });
        forgetPrinted();
        const other = await stackWith({ history: [update("1.3.0", "1.3.0"), update("1.4.0", "1.4.0")] });
        await assert.rejects(order(other, { infrastructure: "1.3.0" }));
    });

    it("is refused if a Kustomization of a dependent source is not ready, and repeats its reason", async () => {
        const stack = await stackWith({
            kustomizations: { more: { source: "apps", path: "./more", dependsOn: ["apps"] } },
            stands: { apps: release("1.3.0") },
        });
        runs({ apps: "1.3.0", more: "1.3.0" });
        const conditions = [{ type: "Ready", status: "False", reason: "PruneFailed", message: "" }];
        const status = { lastAttemptedRevision: "staging-v1.3.0@sha1:commit-of-1.3.0", conditions };
        const metadata = { name: "more", namespace: "flux-system" };
        assert.deepEqual(Object.keys((await order(stack, { infrastructure: "1.3.0" })).now), ["infrastructure"]);
        world.answers.set(`${lists.kustomizations}/more`, { kind: "Kustomization", metadata, status });
        await assert.rejects(order(stack, { infrastructure: "1.3.0" }), (error) => {
            assert.ok(error instanceof CommandError);
            assert.equal(error.message, "Stack staging must not roll infrastructure back now.");
            const [{ key, expected } = assert.fail()] = error.problems;
            assert.equal(key, "fluxcd:sources.infrastructure.tag");
            assert.match(expected, /it tried staging-v1\.3\.0@sha1:commit-of-1\.3\.0 last \(PruneFailed\)$/);
            return true;
        });
    });

    it("is refused if the context leads to another cluster than that of the last update", async () => {
        const stack = await stackWith({ cluster: "uid-of-another-cluster" });
        runs({ apps: "1.4.0" });
        await assert.rejects(order(stack, { infrastructure: "1.3.0" }), (error) => {
            assert.ok(error instanceof CommandError);
            assert.match(error.problems[0]?.expected ?? "", /context staging leads to another cluster$/);
            return true;
        });
    });
});
