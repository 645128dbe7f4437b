import assert from "node:assert/strict";

import { parse } from "yaml";

import { old, running, threeSources, type ThreeSources } from "../threeSources";

const object = "9".repeat(40);
const file = "Pulumi.staging.yaml";

interface Planned {
    readonly version: string | null;
    readonly sources: Record<string, { readonly created: boolean; readonly status: string }>;
    readonly refused: { refusal?: string; key: string }[];
    readonly edited: string | null;
    readonly next: string | null;
}

describe("fluxcd promote with three sources", function () {
    this.timeout(60_000);
    let given: ThreeSources;

    beforeEach(async () => {
        given = await threeSources();
    });

    afterEach(() => given.world.close());

    async function promote(...args: string[]) {
        const { code, data } = await given.project.json("promote", "staging", "--no-diff", ...args);
        return { code, data, planned: data as unknown as Planned };
    }

    const tagsInFile = () => {
        const { config } = parse(given.project.read(file)) as {
            config: Record<string, Record<string, { tag: string }>>;
        };
        return Object.entries(config["fluxcd:sources"] ?? {}).map(([name, { tag }]) => `${name} ${tag}`);
    };

    it("plans one version for all sources in the order of dependencies, and changes nothing with --dry-run", async () => {
        const before = given.project.read(file);
        const { code, data, planned } = await promote("--dry-run");
        assert.equal(code, 0);
        assert.deepEqual([data.schemaVersion, data.command, planned.version], [1, "promote", "1.1.0"]);
        assert.deepEqual(Object.keys(planned.sources), ["infrastructure", "platform", "apps"]);
        assert.deepEqual(planned.sources.platform, {
            repository: "misua/fluxcd-platform",
            from: { tag: "staging-v1.0.0", commit: old },
            to: { tag: "staging-v1.1.0", commit: running },
            changes: true,
            created: false,
            status: "ahead",
            commits: [{ sha: running, author: "Ada", subject: "Raise it" }],
            totalCommits: 1,
            compare: "https://github.com/misua/fluxcd-platform/compare",
            diff: null,
        });
        assert.equal(planned.sources.infrastructure?.status, "identical");
        assert.deepEqual([planned.refused, planned.edited, planned.next], [[], null, null]);
        assert.equal(given.project.read(file), before);
        assert.deepEqual(given.written, []);
    });

    it("creates the tag in each repository, edits the stack file and names the next command", async () => {
        const { code, planned } = await promote("--yes");
        assert.equal(code, 0);
        assert.deepEqual(
            given.written,
            ["infrastructure", "platform", "apps"].flatMap((name) => [
                `fluxcd-${name} staging-v1.1.0 ${running}`,
                `fluxcd-${name} refs/tags/staging-v1.1.0 ${object}`,
            ]),
        );
        assert.ok(Object.values(planned.sources).every(({ created }) => created));
        assert.deepEqual(tagsInFile(), [
            ...["infrastructure staging-v1.1.0", "apps staging-v1.1.0", "platform staging-v1.1.0", "flagger v1.2.0"],
        ]);
        assert.deepEqual([planned.edited, planned.next], [file, "pulumi up --stack staging"]);
    });

    it("promotes only one source with --source", async () => {
        const { code, planned } = await promote("--yes", "--source", "platform");
        assert.deepEqual([code, Object.keys(planned.sources)], [0, ["platform"]]);
        assert.deepEqual(given.written, [
            `fluxcd-platform staging-v1.1.0 ${running}`,
            `fluxcd-platform refs/tags/staging-v1.1.0 ${object}`,
        ]);
        assert.deepEqual(tagsInFile(), [
            ...["infrastructure staging-v1.0.0", "apps staging-v1.0.0", "platform staging-v1.1.0", "flagger v1.2.0"],
        ]);
    });

    for (const only of ["nothing", "flagger"]) {
        it(`exits with 2 for --source ${only}, which takes no releases, and lists the promoted sources`, async () => {
            const { code, data } = await promote("--yes", "--source", only);
            const names = "infrastructure, platform, apps";
            const error = `${only} is not a promoted source: expected one of ${names}.`;
            assert.deepEqual([code, data], [2, { schemaVersion: 1, error, problems: [] }]);
            assert.deepEqual(given.written, []);
        });
    }

    it("exits with 3 and changes nothing if a source of the upstream stack is not healthy", async () => {
        given.applies("platform", `main@sha1:${running}`, "HealthCheckFailed");
        const { code, data, planned } = await promote("--yes");
        assert.deepEqual([code, data.schemaVersion], [3, 1]);
        assert.deepEqual(
            planned.refused.map(({ key }) => key),
            ["fluxcd:sources.platform.tag"],
        );
        assert.deepEqual([given.written, tagsInFile()[2]], [[], "platform staging-v1.0.0"]);
    });

    it("prints a section for each source without --json, and exits with 0", async () => {
        const { code, stdout } = await given.project.run(["promote", "staging", "--no-diff", "--dry-run"]);
        assert.equal(code, 0);
        assert.match(stdout, /^Promote staging to 1\.1\.0\n\nFrom dev: its running release, as its cluster says\.\n/);
        const titles = stdout.split("\n").filter((line) => line.includes("  misua/"));
        assert.deepEqual(titles, [
            "infrastructure  misua/fluxcd-infrastructure",
            "platform  misua/fluxcd-platform",
            "apps  misua/fluxcd-apps",
        ]);
        assert.match(stdout, /\nThis was a dry run: nothing was changed\.\n$/);
    });

    it("exits with 2 without a question if there is no terminal and no --yes", async () => {
        const { code, stdout, stderr } = await given.project.run(["promote", "staging", "--no-diff", "--json"]);
        const error =
            "There is no terminal for the confirmation: add --yes to continue, or --dry-run to only show the plan.";
        assert.deepEqual([code, JSON.parse(stdout)], [2, { schemaVersion: 1, error, problems: [] }]);
        assert.equal(stderr, `${error}\n`);
        assert.deepEqual(given.written, []);
    });
});
