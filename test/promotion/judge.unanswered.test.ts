import assert from "node:assert/strict";

import { readConfig } from "../../config";
import type { GitHub } from "../../clients/github";
import type { Exemption, Standings } from "../../domain/release";
import { judge } from "../../promotion/judge";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";
import { outputsOf } from "./outputs";

const [first, second] = ["1".repeat(40), "2".repeat(40)];
const infrastructure = { tag: "prod-v1.0.0", commit: first };
const from: Standings = { infrastructure, apps: { tag: "prod-v1.0.0", commit: first } };
const healthy = (commit: string) => [{ revision: `staging-v1.1.0@sha1:${commit}`, since: "2026-11-23T10:00:00Z" }];
const outputs = outputsOf(
    { context: "nowhere", uid: "uid" },
    { infrastructure: healthy(first), apps: healthy(second) },
);

describe("judge, if GitHub fails", () => {
    const failing = () => Promise.reject(Object.assign(new Error("Server Error"), { status: 500, response: {} }));
    const github = { compare: failing, commit: failing, annotatedTag: failing } as unknown as GitHub;

    async function ask(
        question: { from?: Standings | undefined; apps: { tag: string; exemption?: Exemption } },
        history: readonly unknown[] = [],
    ) {
        await startEngine("production");
        useStackFile("Pulumi.production.yaml");
        const to: Standings = { infrastructure, apps: { commit: second, ...question.apps } };
        const stackOutputs = () => Promise.resolve(outputs);
        const stackHistory = () => Promise.resolve(history);
        const before = "from" in question ? question.from : from;
        return judge({ config: readConfig(), from: before, to, github, stackOutputs, stackHistory, now: new Date() });
    }

    it("refuses a promotion with GitHub's words", async () => {
        const { problems } = await ask({ apps: { tag: "prod-v1.1.0" } });
        assert.deepEqual(
            problems.map(({ refusal }) => refusal),
            ["no-comparison"],
        );
        assert.match(problems[0]?.expected ?? "", /: 500 Server Error$/);
    });

    for (const [kind, tag] of [
        ["hotfix", "prod-v1.1.0"],
        ["rollback", "prod-v1.1.0"],
    ] as const) {
        it(`accepts a ${kind} to ${tag}, and notes that the releases were not compared`, async () => {
            const { problems, notes } = await ask({ apps: { tag, exemption: { kind, reason: "orders are lost" } } });
            assert.deepEqual(problems, []);
            assert.deepEqual(notes, [
                `apps: ${kind} from prod-v1.0.0 to ${tag}: orders are lost`,
                "apps: GitHub did not compare the two releases: 500 Server Error",
            ]);
        });
    }

    it("accepts a rollback to a lower version, and notes nothing about a comparison that it does not need", async () => {
        const exemption = { kind: "rollback", reason: "orders are lost" } as const;
        const { problems, notes } = await ask({ apps: { tag: "prod-v0.9.0", exemption } });
        assert.deepEqual(problems, []);
        assert.deepEqual(notes, ["apps: rollback from prod-v1.0.0 to prod-v0.9.0: orders are lost"]);
    });

    it("does not fail if the past of a destroyed stack cannot be looked up", async () => {
        const ran = {
            ...{ kind: "update", startTime: "2026-11-20T12:00:00.000Z", endTime: "2026-11-20T12:01:00.000Z" },
            ...{ result: "succeeded", environment: {} },
            config: {
                "github:owner": { value: "misua" },
                "fluxcd:environment": { value: "production" },
                "fluxcd:sources": { objectValue: { infrastructure, apps: { tag: "prod-v0.9.0" } } },
            },
        };
        const commit = "3".repeat(40);
        const { problems } = await ask({ from: undefined, apps: { tag: "prod-v0.9.0", ...{ commit } } }, [ran]);
        const said = problems.map(({ expected }) => expected).join("\n");
        assert.match(said, /GitHub did not say where the tags of its past point to: 500 Server Error/);
    });
});
