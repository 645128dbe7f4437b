import assert from "node:assert/strict";

import { running, threeSources, type ThreeSources } from "./threeSources";

interface Failed {
    readonly error: string;
    readonly problems: readonly { key: string; value: string; expected: string; fix: string }[];
}

/** The stack that the command names, the upstream stack in its settings, and the organization and project of both. */
const accounts = [
    ["staging", "dev", ""],
    ["acme/staging", "dev", "acme/"],
    ["acme/staging", "acme/dev", "acme/"],
    ["acme/fluxcd/staging", "dev", "acme/fluxcd/"],
    ["acme/fluxcd/staging", "acme/fluxcd/dev", "acme/fluxcd/"],
    ["organization/fluxcd/staging", "dev", "organization/fluxcd/"],
] as const;

describe("The commands", function () {
    this.timeout(60_000);
    let given: ThreeSources;

    afterEach(() => given.world.close());

    for (const [stack, from, prefix] of accounts) {
        describe(`with the stack ${stack}, whose upstream stack is ${from}`, () => {
            beforeEach(async () => {
                given = await threeSources("1.0.0", { from }, prefix);
            });

            it("promote the release of the upstream stack in the same organization", async () => {
                const { code, data } = await given.project.json("promote", stack, "--no-diff", "--yes");
                assert.deepEqual([code, data.refused], [0, []]);
                assert.deepEqual(
                    [data.stack, data.edited, data.next],
                    ["staging", "Pulumi.staging.yaml", `pulumi up --stack ${stack}`],
                );
                assert.ok(given.written.includes(`fluxcd-apps staging-v1.1.0 ${running}`));
                assert.match(given.project.read("Pulumi.staging.yaml"), /staging-v1\.1\.0/);
            });

            it("show the status and the history of that stack", async () => {
                const { data } = await given.project.json("status", "--stack", stack);
                const [environment] = data.environments as { stack: string; next: object }[];
                const tags = Object.fromEntries(
                    ["platform", "apps", "infrastructure"].map((name) => [name, "staging-v1.1.0"]),
                );
                assert.equal(environment?.stack, stack);
                assert.deepEqual(environment.next, { from, upToDate: false, tags, refused: [] });
                const history = await given.project.json("history", stack);
                assert.deepEqual([history.code, history.data.promotions], [0, []]);
            });

            it("check that stack", async () => {
                const { data } = await given.project.json("doctor", "--stack", stack);
                const sections = data.sections as { stack?: string; checks: { about: string; says: string }[] }[];
                const said = sections.find((it) => it.stack === stack)?.checks.map((it) => `${it.about}: ${it.says}`);
                for (const line of ["Pulumi.staging.yaml: is valid", `stack ${stack}: exists`]) {
                    assert.ok(said?.includes(line), said?.join("\n"));
                }
            });

            it("name that organization in the commands of an error", async () => {
                await given.world.close();
                given = await threeSources("1.0.0", { from: "not a name" }, prefix);
                const { code, data } = await given.project.json("promote", stack, "--no-diff", "--dry-run");
                const { problems } = data as unknown as Failed;
                assert.deepEqual(
                    [code, problems.map(({ fix }) => fix)],
                    [2, [`pulumi config set --stack ${stack} --path 'fluxcd:promotion.from' <value>`]],
                );
            });
        });
    }

    describe("with a bare name, and stacks in an organization that is not the default one", () => {
        beforeEach(async () => {
            given = await threeSources("1.0.0", {}, "acme/");
        });

        for (const args of [
            ["promote", "staging"],
            ["rollback", "staging", "--reason", "why"],
            ["history", "staging"],
            ["audit"],
        ]) {
            it(`name the command that changes the default one: ${args.join(" ")}`, async () => {
                const { code, data } = await given.project.json(...args);
                const { error, problems } = data as unknown as Failed;
                assert.deepEqual([code, error], [2, "There is no such stack."]);
                const { key, fix } = problems[0] ?? { key: "", fix: "" };
                assert.equal(key, "stack");
                assert.match(
                    fix,
                    /^pulumi org set-default acme {3}\(for acme\/(dev|staging); or give this full name\)$/,
                );
            });
        }

        it("say it on stderr if status finds no stack", async () => {
            const { code, stderr } = await given.project.run(["status"]);
            assert.equal(code, 1);
            assert.match(
                stderr,
                /Not healthy: dev, staging\.\n\n {2}stack is "dev"\n[^]*fix: pulumi org set-default acme /,
            );
        });

        it("say it in doctor", async () => {
            const { data } = await given.project.json("doctor", "--stack", "staging");
            assert.match(JSON.stringify(data), /"fix":"pulumi org set-default acme /);
            assert.doesNotMatch(JSON.stringify(data), /stack init/);
        });
    });
});
