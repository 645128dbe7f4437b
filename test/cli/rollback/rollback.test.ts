import assert from "node:assert/strict";

import { old, running, threeSources, type ThreeSources } from "../threeSources";

const reason = "it's slow";
const quoted = String.raw`'it'\''s slow'`;

describe("fluxcd rollback with three sources in a row", () => {
    let given: ThreeSources;

    beforeEach(async () => {
        given = await threeSources("1.1.0");
        for (const name of ["infrastructure", "platform", "apps"]) {
            given.applies(name, `staging-v1.1.0@sha1:${running}`);
        }
        given.world.answers.set("GET /api/v3/repos/misua/fluxcd-infrastructure/commits/tags/staging-v1.0.0", {
            sha: old,
        });
    });

    afterEach(() => given.world.close());

    const rollback = (...args: string[]) =>
        given.project.json("rollback", "staging", ...args, "--no-diff", "--reason", reason);
    const sourcesOf = (data: Record<string, unknown>) => Object.keys(data.sources as object);

    it("takes the last source back first, and prints the commands for the other sources", async () => {
        const { code, data } = await rollback("1.0.0", "--yes");
        assert.equal(code, 0);
        assert.deepEqual([data.schemaVersion, data.command], [1, "rollback"]);
        assert.deepEqual(data.exemption, { kind: "rollback", reason });
        assert.deepEqual(sourcesOf(data), ["apps"]);
        assert.deepEqual([data.edited, data.next], ["Pulumi.staging.yaml", "pulumi up --stack staging"]);
        const command = (name: string) => `npx fluxcd rollback staging 1.0.0 --source ${name} --reason ${quoted}`;
        assert.equal(data.then, `${command("platform")} && pulumi up --stack staging && ${command("infrastructure")}`);
        const text = given.project.read("Pulumi.staging.yaml");
        assert.deepEqual(text.match(/"tag": "staging-v.*/g), [
            '"tag": "staging-v1.1.0"',
            `"tag": "staging-v1.0.0", rollback: true, reason: "it's slow"`,
            '"tag": "staging-v1.1.0"',
        ]);
        assert.deepEqual(given.written, []);
    });

    it("takes all sources back together with --infrastructure-first", async () => {
        const { code, data } = await rollback("1.0.0", "--dry-run", "--infrastructure-first");
        assert.deepEqual([code, sourcesOf(data), data.then], [0, ["infrastructure", "platform", "apps"], null]);
    });

    it("exits with 2 if a dependent source stays, and names the source that must go first", async () => {
        const { code, data } = await rollback("1.0.0", "--yes", "--source", "platform");
        assert.equal(code, 2);
        assert.equal(data.error, "Stack staging must not roll platform back now.");
        const [{ key, fix } = assert.fail()] = data.problems as { key: string; fix: string }[];
        assert.equal(key, "fluxcd:sources.platform.tag");
        assert.match(fix, /^npx fluxcd rollback staging 1\.0\.0 --source apps /);
    });

    it("exits with 2 if a source has no tag of the given version", async () => {
        given.world.answers.set("GET /api/v3/repos/misua/fluxcd-platform/git/matching-refs/tags/staging-v", []);
        const { code, data } = await rollback("1.0.0", "--yes");
        assert.deepEqual([code, data.error], [2, "Stack staging cannot go back to 1.0.0."]);
        assert.deepEqual(
            (data.problems as { key: string; value: string }[]).map(({ key, value }) => [key, value]),
            [["fluxcd:sources.platform.tag", "staging-v1.0.0"]],
        );
    });

    it("exits with 2 for an unknown --source, and lists the promoted sources", async () => {
        const { code, data } = await rollback("1.0.0", "--yes", "--source", "nothing");
        const names = "infrastructure, platform, apps";
        const error = `nothing is not a promoted source: expected one of ${names}.`;
        assert.deepEqual([code, data], [2, { schemaVersion: 1, error, problems: [] }]);
    });

    it("proposes the earlier healthy release of all sources if no version is given", async () => {
        await given.world.close();
        const update = (version: string, minute: number) => ({
            ...{ kind: "update", result: "succeeded", resourceChanges: { update: 1 } },
            ...{ startTime: `2026-11-01T10:0${minute}:00Z`, endTime: `2026-11-01T10:0${minute}:30Z` },
            config: {
                "github:owner": { value: "misua" },
                "fluxcd:sources": {
                    objectValue: Object.fromEntries(
                        ["infrastructure", "platform", "apps"].map((name) => [name, { tag: `staging-v${version}` }]),
                    ),
                },
            },
        });
        given = await threeSources("1.1.0", { history: [update("1.1.0", 2), update("1.0.0", 1)] });
        const { code, data } = await rollback("--dry-run", "--infrastructure-first");
        assert.deepEqual([code, data.version], [0, "1.0.0"]);
        assert.deepEqual(sourcesOf(data), ["infrastructure", "platform", "apps"]);
        assert.equal(data.origin, "Returns to an earlier release that was healthy in staging.");
    });
});
