import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import semver from "semver";
import { parse } from "yaml";

import { scratchFolder } from "./support/scratch";

const inNode = (script: string) => execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });

describe("The loader", () => {
    const stacks = () =>
        JSON.parse(
            inNode('console.log(JSON.stringify(require("./load.cjs")("test/fixtures/load/throws.ts").stackOf))'),
        ) as { thrown: string; wordless: string };

    it("names TypeScript lines in the stack of an error", () => {
        const lines = stacks().thrown.split("\n");
        assert.equal(lines[0], "Error: what went wrong");
        assert.match(lines[1] ?? "", /^ {4}at thrown \(.*test\/fixtures\/load\/thrown\.ts:7:\d+\)$/);
        assert.match(lines[2] ?? "", /test\/fixtures\/load\/throws\.ts:6:\d+\)$/);
    });

    it("maps no lines for an error without a message, which Pulumi creates for each promise", () => {
        assert.match(stacks().wordless.split("\n")[1] ?? "", /test\/fixtures\/load\/throws\.js:\d+:\d+\)$/);
    });

    it("loads a file once in a process", () => {
        const script = `const load = require("./load.cjs"), file = "test/fixtures/load/throws.ts";
            console.log(load(file) === load(file));`;
        assert.equal(inNode(script), "true\n");
    });

    it("reports the line and column of a syntax error", () => {
        const project = scratchFolder();
        copyFileSync("load.cjs", join(project, "load.cjs"));
        writeFileSync(join(project, "wrong.ts"), "const one = 1;\nconst = 2;\n");
        symlinkSync(resolve("node_modules"), join(project, "node_modules"));
        const { stderr } = spawnSync(process.execPath, ["load.cjs", "wrong.ts"], { cwd: project, encoding: "utf8" });
        assert.match(stderr, /wrong\.ts:2:6: ERROR: /);
    });

    it("names the command to run if the packages are not installed", () => {
        const project = scratchFolder();
        copyFileSync("load.cjs", join(project, "load.cjs"));
        const { status, stderr } = spawnSync(process.execPath, ["load.cjs", "cli/main.ts", "promote"], {
            cwd: project,
            encoding: "utf8",
            env: {},
        });
        assert.equal(stderr, "The packages of this project are not installed. Run: npm ci\n");
        assert.equal(status, 1);
    });

    for (const [version, isOld] of [
        ["18.20.0", true],
        ["20.20.2", true],
        ["22.20.0", true],
        ["22.21.0", false],
        ["24.0.0", false],
    ] as const) {
        it(`${isOld ? "refuses" : "takes"} Node.js ${version}, as package.json does`, () => {
            const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
            assert.equal(semver.satisfies(version, engines.node), !isOld);
            const script = `Object.defineProperty(process.versions, "node", { value: "${version}" }); require("./load.cjs");`;
            const { status, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
            assert.equal(status, isOld ? 1 : 0);
            const says = `Node.js ${version} is too old: expected 22.21 or newer, from https://nodejs.org/en/download\n`;
            assert.equal(stderr, isOld ? says : "");
        });
    }

    it("runs a command with its own arguments", () => {
        const { status, stdout } = spawnSync(process.execPath, ["load.cjs", "cli/main.ts", "promote", "--help"], {
            encoding: "utf8",
        });
        assert.match(stdout, /^Usage: fluxcd promote/);
        assert.equal(status, 0);
    });

    it("is used by fluxcd.cjs, with the same arguments and a matching exit code", () => {
        const fluxcd = (...args: string[]) =>
            spawnSync(process.execPath, ["fluxcd.cjs", ...args], { encoding: "utf8" });
        const { stdout, status } = fluxcd("promote", "--help");
        assert.match(stdout, /^Usage: fluxcd promote/);
        assert.equal(status, 0);
        assert.notEqual(fluxcd("no-such-command").status, 0);
    });

    it("is not reached by fluxcd.cjs if the packages are not installed, and the command to run is printed", () => {
        const project = scratchFolder();
        copyFileSync("fluxcd.cjs", join(project, "fluxcd.cjs"));
        const { status, stderr } = spawnSync(process.execPath, [join(project, "fluxcd.cjs"), "promote"], {
            encoding: "utf8",
            env: {},
        });
        assert.equal(
            stderr,
            `The packages of this project are not installed. Run: npm ci --prefix ${realpathSync(project)}\n`,
        );
        assert.equal(status, 1);
    });

    it("keeps Node's compile cache in node_modules for the next run", () => {
        const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
            runtime: { options: { nodeargs: string } };
        };
        const asked = 'process.stdout.write(require("node:module").getCompileCacheDir() ?? "nowhere")';
        const directory = execFileSync(process.execPath, [runtime.options.nodeargs, "-e", asked], {
            encoding: "utf8",
            env: {},
        });
        assert.ok(directory.startsWith(resolve("node_modules/.cache/node")), directory);
    });
});
