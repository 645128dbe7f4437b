import assert from "node:assert/strict";

import { githubToken, readConfig } from "../../config";
import { GitHub } from "../../clients/github";
import { judge } from "../../promotion/judge";
import type { Standings } from "../../domain/release";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";
import { outputsOf } from "./outputs";

const [first, second] = ["1".repeat(40), "2".repeat(40)];
const from: Standings = {
    infrastructure: { tag: "prod-v1.0.0", commit: first },
    apps: { tag: "prod-v1.0.0", commit: first },
};
const to: Standings = { ...from, apps: { tag: "prod-v1.1.0", commit: second } };
const healthy = (commit: string) => [{ revision: `staging-v1.1.0@sha1:${commit}`, since: "2026-11-23T10:00:00Z" }];
const outputs = outputsOf(
    { context: "nowhere", uid: "uid" },
    { infrastructure: healthy(first), apps: healthy(second) },
);

describe("judge, with Pulumi's history", () => {
    let world: World;
    let asked: string[];
    /** Of every stack; it cannot be read where there is none. */
    let history: readonly unknown[] | undefined;

    beforeEach(async () => {
        world = await startWorld();
        asked = [];
        history = [];
        world.answers.set(`GET /api/v3/repos/misua/fluxcd-apps/compare/${first}...${second}?per_page=1`, {
            status: "ahead",
            html_url: "https://github.com/misua/fluxcd-apps/compare",
        });
    });

    afterEach(async () => {
        await world.close();
    });

    async function ask(standings: Partial<Record<"from" | "to", Standings>>, overrides: Record<string, unknown> = {}) {
        await startEngine("production");
        useStackFile("Pulumi.production.yaml", overrides);
        const config = readConfig();
        const github = new GitHub(config.github, githubToken());
        const stackOutputs = (stack: string) => {
            asked.push(stack);
            return Promise.resolve(outputs);
        };
        const stackHistory = (stack: string) => {
            asked.push(`the history of ${stack}`);
            return history === undefined ? Promise.reject(new Error("no such stack")) : Promise.resolve(history);
        };
        return judge({ config, from, to, github, stackOutputs, stackHistory, now: new Date(), ...standings });
    }

    describe("for a stack without a release, and an upstream stack without evidence", () => {
        const nothing = { from: undefined as unknown as Standings };
        const object = "a".repeat(40);
        const made = (tag: string, at: string, commit: string, type = "tag") => {
            for (const name of ["fluxcd-infrastructure", "fluxcd-apps"]) {
                const git = `GET /api/v3/repos/misua/${name}/git`;
                world.answers.set(`${git}/ref/tags/${tag}`, { object: { type, sha: object } });
                world.answers.set(`${git}/tags/${object}`, {
                    tagger: { date: at },
                    object: { type: "commit", sha: commit },
                });
            }
        };
        const updates = (stack: string, tag: string, more: object = {}) => [
            {
                kind: "update",
                startTime: "2026-11-20T12:00:00.000Z",
                endTime: "2026-11-20T12:01:00.000Z",
                result: "succeeded",
                environment: {},
                config: {
                    "github:owner": { value: "misua" },
                    "fluxcd:environment": { value: stack },
                    "fluxcd:sources": {
                        objectValue: { infrastructure: { tag, ...more }, apps: { tag, ...more } },
                    },
                },
            },
        ];
        const forgotten = "3".repeat(40);
        const soaks = (soak: string) => ({ "fluxcd:promotion": { from: "staging", soak } });
        const back = {
            infrastructure: { tag: "prod-v1.0.0", commit: forgotten },
            apps: { tag: "prod-v1.0.0", commit: forgotten },
        };
        const codes = ({ problems }: Awaited<ReturnType<typeof ask>>) => problems.map(({ refusal }) => refusal);
        const said = ({ problems }: Awaited<ReturnType<typeof ask>>) => problems.map(({ expected }) => expected).join();

        it("reads no history if the upstream stack has evidence", async () => {
            assert.deepEqual((await ask({ ...nothing, to })).problems, []);
            assert.deepEqual(asked, ["staging"]);
        });

        it("reads only upstream's history if the stack runs a release", async () => {
            world.answers.set(`GET /api/v3/repos/misua/fluxcd-apps/compare/${first}...${forgotten}?per_page=1`, {
                status: "ahead",
                html_url: "",
            });
            history = updates("production", "prod-v1.1.0");
            made("prod-v1.1.0", "2026-11-20T11:00:00Z", forgotten);
            const found = await ask({ to: { ...from, apps: { tag: "prod-v1.1.0", commit: forgotten } } });
            assert.deepEqual(codes(found), ["never-applied"]);
            assert.deepEqual(asked, ["staging", "the history of staging"]);
        });

        it("accepts the release that the stack itself ran last, and notes it", async () => {
            history = updates("production", "prod-v1.0.0");
            made("prod-v1.0.0", "2026-11-20T12:00:00Z", forgotten);
            const { problems, notes } = await ask({ ...nothing, to: back }, soaks("1h"));
            assert.deepEqual(problems, []);
            const words =
                "comes back to prod-v1.0.0, which stack production ran healthily until 2026-11-20T12:01:00.000Z";
            assert.ok(notes.includes(`apps: ${words} or longer`), notes.join("\n"));
            assert.ok(notes.includes(`infrastructure: ${words} or longer`), notes.join("\n"));
            assert.deepEqual(asked.slice(1), ["the history of production", "the history of staging"]);
        });

        it("still refuses the stack's own last release during a freeze", async () => {
            history = updates("production", "prod-v1.0.0");
            made("prod-v1.0.0", "2026-11-20T12:00:00Z", forgotten);
            const freezes = [{ from: "2020-01-01", to: "2099-12-31", reason: "the end of the world" }];
            assert.deepEqual(
                codes(await ask({ ...nothing, to: back }, { "fluxcd:promotion": { from: "staging", freezes } })),
                ["freeze"],
            );
        });

        for (const [title, at, commit, type, words] of [
            [
                "its tag was created a second after the update began",
                "2026-11-20T12:00:01Z",
                forgotten,
                "tag",
                /may have been moved/,
            ],
            ["its tag points to another commit now", "2026-11-20T11:00:00Z", second, "tag", /points to 2{40}/],
            ["its tag is not annotated", "2026-11-20T11:00:00Z", forgotten, "commit", /is not annotated/],
        ] as const) {
            it(`refuses the stack's own last release if ${title}`, async () => {
                history = updates("production", "prod-v1.0.0");
                made("prod-v1.0.0", at, commit, type);
                const found = await ask({ ...nothing, to: back });
                assert.deepEqual(codes(found), ["never-applied", "never-applied"]);
                assert.match(said(found), words);
            });
        }

        it("compares the pinned commit if the history has one", async () => {
            history = updates("production", "prod-v1.0.0", { commit: forgotten });
            assert.deepEqual((await ask({ ...nothing, to: back })).problems, []);
            history = updates("production", "prod-v1.0.0", { commit: second });
            assert.match(said(await ask({ ...nothing, to: back })), /was pinned to 2{40}/);
        });

        it("refuses a release other than the one the stack ran last, and names that one", async () => {
            history = updates("production", "prod-v0.9.0");
            const found = await ask({ ...nothing, to: back });
            assert.deepEqual(codes(found), ["never-applied", "never-applied"]);
            assert.match(said(found), /stack production itself ran prod-v0\.9\.0 last, and may return to it/);
        });

        it("accepts a rollback with the same reason as in the history, and no other", async () => {
            const exemption = { kind: "rollback", reason: "it leaks" } as const;
            const rolledBack = {
                infrastructure: { ...back.infrastructure, exemption },
                apps: { ...back.apps, exemption },
            };
            made("prod-v1.0.0", "2026-11-20T12:00:00Z", forgotten);
            history = updates("production", "prod-v1.0.0", { rollback: true, reason: "it leaks" });
            assert.deepEqual((await ask({ ...nothing, to: rolledBack })).problems, []);
            history = updates("production", "prod-v1.0.0", { rollback: true, reason: "it is slow" });
            assert.deepEqual(codes(await ask({ ...nothing, to: rolledBack })), ["leftover", "leftover"]);
        });

        it("accepts upstream's history for another tag of the commit, but not as a soak", async () => {
            history = updates("staging", "staging-v1.0.0");
            made("staging-v1.0.0", "2026-11-20T12:00:00Z", forgotten);
            for (const name of ["fluxcd-infrastructure", "fluxcd-apps"]) {
                world.answers.set(`GET /api/v3/repos/misua/${name}/commits/tags/staging-v1.0.0`, { sha: forgotten });
            }
            const { problems, notes } = await ask({ ...nothing, to: back });
            assert.deepEqual(problems, []);
            const words = "stack staging ran it healthily as staging-v1.0.0 at 2026-11-20T12:01:00.000Z";
            assert.ok(notes.includes(`apps: ${words}`), notes.join("\n"));
            // How long it was healthy is not in it.
            assert.deepEqual(codes(await ask({ ...nothing, to: back }, soaks("1m"))), ["soak", "soak"]);
        });

        it("refuses the release if the history cannot be read, and gives the reason", async () => {
            history = undefined;
            const found = await ask({ ...nothing, to: back });
            assert.deepEqual(codes(found), ["never-applied", "never-applied"]);
            assert.match(said(found), /the history of stack production could not be read: no such stack/);
            history = [{ updates: [] }];
            assert.match(
                said(await ask({ ...nothing, to: back })),
                /production could not be read: .*in an unknown format/,
            );
        });
    });
});
