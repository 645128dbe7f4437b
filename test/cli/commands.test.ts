import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import type { Command } from "commander";

import { fluxcdCommand } from "../../cli/program";
import { exitCodeOf } from "../../cli/terminal/exit";
import { type Ended, ended, projectWith } from "./project";

const commands = ["status", "promote", "rollback", "history", "doctor", "audit", "ci", "ci preview", "ci drift"];

/** What arguments come to that no command runs with. */
async function parsed(args: string): Promise<Ended> {
    const [stdout, stderr]: string[][] = [[], []];
    const recorded = (command: Command): Command => {
        command.commands.forEach(recorded);
        const output = {
            writeOut: (text: string) => stdout?.push(text),
            writeErr: (text: string) => stderr?.push(text),
        };
        return command.exitOverride().configureOutput(output);
    };
    const error: unknown = await recorded(fluxcdCommand())
        .parseAsync(args.split(" ").filter(Boolean), { from: "user" })
        .then(() => assert.fail("a command has run"))
        .catch((thrown: unknown) => thrown);
    return { code: exitCodeOf(error), stdout: stdout?.join("") ?? "", stderr: stderr?.join("") ?? "" };
}

describe("The command fluxcd", () => {
    it("lists every command in its help", async () => {
        const { code, stdout } = await parsed("--help");
        assert.equal(code, 0);
        assert.match(stdout, /^Usage: fluxcd \[options\] \[command\]\n/);
        for (const command of commands.filter((name) => !name.includes(" "))) {
            assert.match(stdout, new RegExp(`^ {2}${command}\\b`, "m"));
        }
    });

    for (const command of commands) {
        it(`prints the help of ${command}`, async () => {
            const { code, stdout, stderr } = await parsed(`${command} --help`);
            assert.deepEqual([code, stderr], [0, ""]);
            assert.ok(stdout.startsWith(`Usage: fluxcd ${command} `), stdout);
            assert.doesNotMatch(stdout, /npm run/);
            assert.equal((await parsed(`${command} -h`)).stdout, stdout);
        });
    }

    for (const [args, says] of [
        ["", /^Usage: fluxcd /],
        ["ci", /^Usage: fluxcd ci /],
        ["nonsense", /^error: unknown command 'nonsense'\n/],
        ["ci nonsense", /^error: unknown command 'nonsense'\n/],
        ["--nonsense", /^error: unknown option '--nonsense'\n/],
        ["status --env staging", /^error: unknown option '--env'\n/],
        ["status staging", /^error: too many arguments for 'status'/],
        ["status --interval 0", /expected a number of seconds above 0\./],
        ["promote", /^error: missing required argument 'stack'\n/],
        ["promote staging 1.0.0 apps", /^error: too many arguments for 'promote'/],
        ["promote staging --bump huge", /Allowed choices are major, minor, patch\./],
        ["promote staging --reason why", /^error: unknown option '--reason'\n/],
        ["rollback", /^error: missing required argument 'stack'\n/],
        ["rollback staging --hotfix why", /^error: unknown option '--hotfix'\n/],
        ["history", /^error: missing required argument 'stack'\n/],
        ["history staging --limit none", /expected a whole number from 1\./],
        ["doctor --nonsense", /^error: unknown option '--nonsense'\n/],
        ["audit --stack staging", /^error: unknown option '--stack'\n/],
        ["ci drift --pull-request 1", /^error: unknown option '--pull-request'\n/],
    ] as const) {
        it(`exits with 2 and explains the wrong usage: fluxcd ${args}`, async () => {
            const { code, stdout, stderr } = await parsed(args);
            assert.deepEqual([code, stdout], [2, ""]);
            assert.match(stderr, says);
        });
    }
});

describe("The command fluxcd in its own process", () => {
    const project = projectWith({ staging: {} });

    it("prints its version", async () => {
        const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
        assert.deepEqual(await project.run(["--version"]), { code: 0, stdout: `${version}\n`, stderr: "" });
        assert.equal((await parsed("-V")).stdout, `${version}\n`);
    });

    it("prints a usage error as JSON on stdout with --json", async () => {
        const { code, data } = await project.json("promote");
        assert.deepEqual(
            [code, data],
            [2, { schemaVersion: 1, error: "missing required argument 'stack'", problems: [] }],
        );
    });

    it("passes arguments and the exit code through fluxcd.cjs in any folder", async () => {
        const fluxcd = (...args: string[]) => ended([resolve("fluxcd.cjs"), ...args], { cwd: project.folder });
        const [help, wrong] = await Promise.all([fluxcd("history", "--help"), fluxcd("history")]);
        assert.deepEqual([help.code, help.stderr], [0, ""]);
        assert.match(help.stdout, /^Usage: fluxcd history /);
        assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
    });

    it("exits with 2 and prints the error once on stderr for wrong usage", async () => {
        const { code, stdout, stderr } = await project.run(["nonsense"]);
        assert.deepEqual([code, stdout], [2, ""]);
        assert.equal(stderr, "error: unknown command 'nonsense'\n(--help shows the usage)\n");
    });

    it("exits without an error message if nobody reads its output", async () => {
        const child = spawn(process.execPath, ["load.cjs", "cli/main.ts", "status", "--help"]);
        child.stdout.destroy();
        const errors: string[] = [];
        child.stderr.setEncoding("utf8").on("data", (text: string) => errors.push(text));
        const [code] = (await once(child, "close")) as [number];
        assert.deepEqual([code, errors.join("")], [1, ""]);
    });
});
