import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ok } from "../../cli/doctor/line";
import { settingsOfStack } from "../../cli/doctor/settings";
import { forgetPrinted } from "../../cli/tools/pulumi";
import { stacksOr } from "../../cli/tools/stackFiles";
import { type Project, projectWith } from "./project";
import { threeSources, type ThreeSources } from "./threeSources";

/** The settings of the committed file of dev, which pulumi prints in all of these cases. */
const config = {
    "github:owner": "misua",
    "fluxcd:context": "dev",
    "fluxcd:sources": { infrastructure: { branch: "main" }, apps: { branch: "main" } },
};
const rest = ["config:", "  fluxcd:context: dev", "  fluxcd:sources:"];
const sources = ["    infrastructure: { branch: main }", "    apps: { branch: main }", ""];

/** Asks in the folder of a project, with its pulumi. */
async function inside<T>({ folder, bin }: Project, ask: () => Promise<T>): Promise<T> {
    const [before, path] = [process.cwd(), process.env.PATH];
    process.chdir(folder);
    process.env.PATH = `${bin}:${path ?? ""}`;
    forgetPrinted();
    try {
        return await ask();
    } finally {
        process.chdir(before);
        process.env.PATH = path;
    }
}

async function linesAbout(project: Project, isLoggedIn = true): Promise<string[]> {
    const check = ok("pulumi login", "of the test");
    const backend = { url: isLoggedIn ? "https://api.pulumi.com" : undefined, check };
    const { checks } = await inside(project, () => settingsOfStack("dev", Promise.resolve(backend)));
    return checks.map(({ state, about, says }) => `${state} ${about}: ${says}`);
}

describe("fluxcd doctor with settings that are not in the stack file", function () {
    this.timeout(60_000);

    for (const [form, environment, names] of [
        ["a list", ["environment:", "  - fluxcd-common"], "fluxcd-common"],
        ["a list with options", ["environment:", "  - fluxcd-common: { merge: false }"], "fluxcd-common"],
        ["two environments", ["environment: [team/common, team/dev@stable]"], "team/common, team/dev@stable"],
        [
            "an environment that is written out",
            ["environment:", "  imports: [fluxcd-common]", "  values: { pulumiConfig: { a: b } }"],
            "fluxcd-common, the one written out in it",
        ],
    ] as const) {
        const file = [...environment, ...rest, ...sources].join("\n");

        it(`agrees with a preview if the owner comes from Pulumi ESC, by ${form}`, async () => {
            const found = await linesAbout(projectWith({ dev: { config, file } }));
            assert.deepEqual(found, [`ok Pulumi.dev.yaml: is valid, with the values from ${names}`]);
        });

        it(`does not call it missing without a login, by ${form}`, async () => {
            const project = projectWith({ dev: { config, file } });
            const [line, ...others] = await linesAbout(project, false);
            assert.match(line ?? "", /^skipped Pulumi\.dev\.yaml: has values of Pulumi ESC too, from /);
            assert.ok(line?.includes(names), line);
            assert.deepEqual(others, []);
        });
    }

    it("shows a wrong value in the file even if nothing asks pulumi", async () => {
        const file = ["environment: [common]", ...rest, ...sources, "  fluxcd:visibility: secret"].join("\n");
        const project = projectWith({ dev: { config, file } });
        const [, ...others] = await linesAbout(project, false);
        assert.equal(others.length, 1);
        assert.match(others[0] ?? "", /^failed fluxcd:visibility: is "secret"/);
    });

    it("shows why pulumi cannot read them", async () => {
        const file = ["environment: [common]", ...rest, ...sources].join("\n");
        const project = projectWith({ dev: { config, file } });
        rmSync(join(project.bin, "dev-config"));
        writeFileSync(join(project.bin, "dev-config"), "[]");
        const [line = ""] = await linesAbout(project);
        assert.match(line, /^failed Pulumi\.dev\.yaml: /);
    });

    for (const [form, lines] of [
        ["the short form", ["  github:owner: misua"]],
        ["the long form", ["  github:owner:", "    value: misua"]],
    ] as const) {
        for (const isLoggedIn of [true, false]) {
            it(`reads the owner in Pulumi.yaml, in ${form}, ${isLoggedIn ? "with" : "without"} a login`, async () => {
                const project = projectWith({ dev: { config, file: [...rest, ...sources].join("\n") } });
                appendFileSync(join(project.folder, "Pulumi.yaml"), `${lines.join("\n")}\n`);
                assert.deepEqual(await linesAbout(project, isLoggedIn), ["ok Pulumi.dev.yaml: is valid"]);
            });
        }
    }

    it("accepts a stack whose settings are all in Pulumi Cloud", async () => {
        const project = projectWith({ dev: { config } });
        rmSync(join(project.folder, "Pulumi.dev.yaml"));
        assert.deepEqual(await linesAbout(project), ["ok Pulumi.dev.yaml: is valid"]);
    });
});

describe("The promotion order of the stacks that have a file here", () => {
    const promotion = (from: string) => ({ ...config, "fluxcd:promotion": { from } });

    it("comes from the files, from Pulumi ESC and from Pulumi.yaml", async () => {
        const project = projectWith({
            // By name alone, they would be in the opposite order.
            alpha: { config: promotion("acme/beta"), file: "environment: [common]\nconfig: {}\n" },
            beta: { config: promotion("delta") },
            delta: { config, file: "config:\n  promotion: {}\n" },
        });
        assert.deepEqual(await inside(project, () => stacksOr()), ["delta", "beta", "alpha"]);
        rmSync(join(project.bin, "alpha-config"));
        assert.deepEqual(await inside(project, () => stacksOr()), ["alpha", "delta", "beta"]);
        const text = project
            .read("Pulumi.yaml")
            .replace(/( {2}fluxcd:promotion:\n.*\n {4}default: ){}/, "$1{ from: beta }");
        writeFileSync(join(project.folder, "Pulumi.yaml"), text);
        assert.deepEqual(await inside(project, () => stacksOr()), ["delta", "beta", "alpha"]);
        assert.deepEqual(await inside(project, () => stacksOr(["beta", "acme/delta"])), ["beta", "acme/delta"]);
    });
});

describe("fluxcd promote with a release that is not in the stack file", function () {
    this.timeout(60_000);
    let given: ThreeSources;

    beforeEach(async () => {
        given = await threeSources();
    });

    afterEach(() => given.world.close());

    const own = (names: readonly string[]) => [
        "  fluxcd:sources:",
        ...names.map((name) => `    ${name}: { tag: staging-v1.0.0 }`),
    ];
    for (const [title, lines, keys, fix] of [
        [
            "all of them from Pulumi ESC",
            ["environment: [fluxcd-staging]", "config:", "  fluxcd:context: staging"],
            ["infrastructure.tag", "platform.tag", "apps.tag"],
            /move fluxcd:sources\.apps into Pulumi\.staging\.yaml, and run it again {3}\(or, without this command: pulumi env set fluxcd-staging 'pulumiConfig\["fluxcd:sources"\]\.apps\.tag' staging-v1\.1\.0\)/,
        ],
        [
            "one of them from Pulumi ESC",
            ["environment: [a, b]", "config:", ...own(["infrastructure", "platform"])],
            ["apps.tag"],
            /pulumi env set <environment> 'pulumiConfig/,
        ],
        [
            "the tag of one of them from an environment that is written out",
            [
                "environment: { values: {} }",
                "config:",
                ...own(["infrastructure", "platform"]),
                "    apps: { interval: 2m }",
            ],
            ["apps.tag"],
            /from Pulumi ESC|pulumi env set/,
        ],
    ] as const) {
        it(`changes nothing, and says where the values come from: ${title}`, async () => {
            const { folder } = given.project;
            writeFileSync(join(folder, "Pulumi.staging.yaml"), `${lines.join("\n")}\n`);
            const before = readFileSync(join(folder, "Pulumi.staging.yaml"), "utf8");
            const { code, data } = await given.project.json("promote", "staging", "--no-diff", "--yes");
            const problems = data.problems as { key: string; expected: string; fix: string }[];
            assert.equal(code, 2);
            assert.match(String(data.error), /^Pulumi\.staging\.yaml cannot be edited: it does not have the values/);
            assert.deepEqual(
                problems.map(({ key }) => key),
                keys.map((key) => `fluxcd:sources.${key}`),
            );
            assert.match(problems.map((problem) => problem.fix).join("\n"), fix);
            assert.deepEqual([given.written, given.project.read("Pulumi.staging.yaml")], [[], before]);
        });
    }

    it("names Pulumi.yaml if they are there", async () => {
        writeFileSync(join(given.project.folder, "Pulumi.staging.yaml"), "config:\n  fluxcd:context: staging\n");
        const text = given.project
            .read("Pulumi.yaml")
            .replace("  fluxcd:sources:\n", "  fluxcd:sources:\n    default: {}\n");
        writeFileSync(join(given.project.folder, "Pulumi.yaml"), text);
        const { data } = await given.project.json("promote", "staging", "--no-diff", "--yes");
        const [problem] = data.problems as { expected: string; fix: string }[];
        assert.match(problem?.expected ?? "", /^comes from Pulumi\.yaml/);
        assert.match(problem?.fix ?? "", /^move fluxcd:sources from Pulumi\.yaml into Pulumi\.staging\.yaml/);
        assert.deepEqual(given.written, []);
    });
});
