import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

import { lists } from "../support/fluxObjects";
import { names, old, running, threeSources, type ThreeSources } from "./threeSources";

const isNotWords = (value: unknown) => typeof value !== "string" || value === "";

describe("The JSON output", () => {
    let given: ThreeSources;

    beforeEach(async () => {
        given = await threeSources("1.0.0", { history: [update] });
    });

    afterEach(() => given.world.close());

    const update = {
        ...{ kind: "update", result: "succeeded", resourceChanges: { update: 1 } },
        ...{ startTime: "2026-11-01T10:00:00Z", environment: { "git.author": "Ada" } },
        config: {
            "fluxcd:sources": {
                objectValue: { platform: { tag: "staging-v1.0.0" }, flagger: { tag: "v1.2.0" } },
            },
        },
    };

    it("of history contains each release of each promoted source", async () => {
        const { code, data } = await given.project.json("history", "staging");
        assert.deepEqual([code, Object.keys(data)], [0, ["schemaVersion", "promotions"]]);
        assert.equal(data.schemaVersion, 1);
        assert.deepEqual(data.promotions, [
            {
                at: "2026-11-01T10:00:00Z",
                source: "platform",
                to: "staging-v1.0.0",
                kind: "first",
                by: "Ada",
                uncommitted: false,
                succeeded: true,
            },
        ]);
    });

    it("of history contains only the newest releases with --limit", async () => {
        await given.world.close();
        const objectValue = { platform: { tag: "staging-v1.1.0" } };
        const later = { ...update, startTime: "2026-11-02T10:00:00Z", config: { "fluxcd:sources": { objectValue } } };
        given = await threeSources("1.1.0", { history: [later, update] });
        const { data } = await given.project.json("history", "staging", "--limit", "1");
        const promotions = data.promotions as { from: string; to: string }[];
        assert.deepEqual(
            promotions.map(({ from, to }) => [from, to]),
            [["staging-v1.0.0", "staging-v1.1.0"]],
        );
    });

    it("of status contains each environment with its sources, Kustomizations and next release", async () => {
        const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "" };
        const platform = {
            metadata: { name: "platform", namespace: "flux-system", generation: 1 },
            spec: { ref: { tag: "staging-v1.0.0" }, interval: "1m", timeout: "60s" },
            status: {
                observedGeneration: 1,
                conditions: [ready],
                artifact: { revision: `staging-v1.0.0@sha1:${old}` },
            },
        };
        given.world.answers.set(lists.sources, { items: [platform] });
        const { code, data } = await given.project.json("status", "--stack", "staging");
        assert.deepEqual([code, Object.keys(data), data.schemaVersion], [1, ["schemaVersion", "environments"], 1]);
        const [environment = assert.fail()] = data.environments as Record<string, unknown>[];
        assert.deepEqual(Object.keys(environment), [
            ...[
                "stack",
                "environment",
                "context",
                "promotedFrom",
                "cluster",
                "credentials",
                "releases",
                "history",
                "next",
            ],
        ]);
        const cluster = environment.cluster as Record<string, Record<string, unknown>>;
        assert.deepEqual(Object.keys(cluster.sources ?? {}), ["infrastructure", "apps", "platform", "flagger"]);
        const kustomizations = ["infrastructure", "infrastructure-configs", "apps", "platform", "canaries"];
        assert.deepEqual(Object.keys(cluster.kustomizations ?? {}), kustomizations);
        assert.deepEqual(cluster.sources?.platform, {
            kind: "GitRepository",
            state: "ready",
            inOrder: true,
            wanted: { ref: "staging-v1.0.0", commit: old },
            revision: `staging-v1.0.0@sha1:${old}`,
            drift: [],
        });
        const { kind, state, wanted } = cluster.kustomizations?.infrastructure as Record<string, unknown>;
        const wish = { ref: "staging-v1.0.0", commit: running };
        assert.deepEqual([kind, state, wanted], ["Kustomization", "missing", wish]);
        const tags = Object.fromEntries(names.map((name) => [name, "staging-v1.1.0"]));
        assert.deepEqual(environment.next, { from: "dev", upToDate: false, tags, refused: [] });
    });

    it("of status contains an unknown environment with the reason", async () => {
        const { code, data } = await given.project.json("status", "--stack", "production");
        assert.deepEqual([code, data.schemaVersion], [1, 1]);
        assert.deepEqual(data.environments, [
            {
                stack: "production",
                cluster: { unknown: "stack: no stack named 'production' found" },
                credentials: [],
                releases: {},
                history: [],
            },
        ]);
    });

    it("of status is one line for each look with --watch", async () => {
        const { folder, bin } = given.project;
        const args = ["cli/main.ts", "status", "--stack", "production", "--json", "--watch", "--interval", "0.01"];
        const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}` };
        const child = spawn(process.execPath, [resolve("load.cjs"), ...args], { cwd: folder, env });
        let text = "";
        for await (const chunk of child.stdout.setEncoding("utf8")) {
            text += String(chunk);
            if (text.split("\n").length > 2) {
                break;
            }
        }
        child.kill();
        await once(child, "close");
        for (const line of text.split("\n").slice(0, 2)) {
            const { schemaVersion, environments } = JSON.parse(line) as Record<string, unknown>;
            assert.deepEqual([schemaVersion, (environments as unknown[]).length], [1, 1]);
        }
    });

    it("of doctor contains the checks of this machine and of each stack", async () => {
        const { data } = await given.project.json("doctor", "--stack", "staging");
        assert.deepEqual([Object.keys(data), data.schemaVersion], [["schemaVersion", "sections"], 1]);
        const sections = data.sections as { stack?: string; checks: Record<string, unknown>[] }[];
        assert.deepEqual(
            sections.map(({ stack }) => stack),
            [undefined, "staging"],
        );
        const lines = sections.flatMap(({ checks }) => checks);
        assert.deepEqual(
            lines.filter(({ about, says, state }) => [about, says, state].some(isNotWords)),
            [],
        );
        assert.ok(lines.some(({ about, state }) => about === "Pulumi.staging.yaml" && state === "ok"));
    });

    for (const [args, problem] of [
        ["history nowhere", "stack"],
        ["promote nowhere", "stack"],
        ["rollback nowhere --reason why", "stack"],
        ["promote dev", "fluxcd:tagPrefixes"],
    ] as const) {
        it(`contains the error if the command cannot begin: ${args}`, async () => {
            const { code, data } = await given.project.json(...args.split(" "));
            assert.deepEqual([code, Object.keys(data)], [2, ["schemaVersion", "error", "problems"]]);
            assert.equal(data.schemaVersion, 1);
            assert.ok(!isNotWords(data.error));
            assert.deepEqual(
                (data.problems as { key: string }[]).map(({ key }) => key),
                [problem],
            );
        });
    }
});
