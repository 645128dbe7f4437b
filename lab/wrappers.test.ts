import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { environmentScript, pulumiWrapper, quote } from "./wrappers.ts";

void describe("the pulumi command of .lab/bin", () => {
    const directory = mkdtempSync(join(tmpdir(), "a lab's "));
    const [project, lab] = [join(directory, "project"), join(directory, "lab")];
    const copies = join(lab, "stacks");
    const stackFile = "config:\n  fluxcd:context: dev\n";

    before(() => {
        mkdirSync(join(project, "inside"), { recursive: true });
        mkdirSync(copies, { recursive: true });
        writeFileSync(join(project, "Pulumi.yaml"), "name: fluxcd\nruntime: nodejs\n");
        writeFileSync(join(project, "Pulumi.dev.yaml"), stackFile);
        writeFileSync(join(project, "Pulumi.own.yaml"), "encryptionsalt: v1:abc\n");
        const pulumi = join(directory, "pulumi");
        writeFileSync(
            pulumi,
            '#!/bin/sh\n[ "$*" = "-C $PWD stack --show-name" ] && echo dev && exit\nprintf "%s\\n" "$@"\n',
        );
        writeFileSync(join(directory, "wrapper"), pulumiWrapper({ pulumi, lab }));
        for (const file of ["pulumi", "wrapper"]) chmodSync(join(directory, file), 0o755);
    });
    after(() => {
        rmSync(directory, { recursive: true });
    });

    const run = (args: string[], cwd = project): string[] =>
        execFileSync(join(directory, "wrapper"), args, { cwd, encoding: "utf8" }).trimEnd().split("\n");
    const copied = ["--config-file", join(copies, "Pulumi.dev.yaml")];

    const operations: [string, string[]][] = [
        ["an operation with -s", ["up", "-s", "dev", "--yes"]],
        ["--stack=", ["preview", "--stack=dev"]],
        ["an organization in the stack's name", ["destroy", "--stack", "organization/fluxcd/dev"]],
        ["global flags before the operation", ["--color", "never", "-v", "3", "refresh", "-s", "dev"]],
        ["the selected stack", ["up"]],
    ];
    for (const [what, args] of operations) {
        void it(`reads a copy of the stack file: ${what}`, () => {
            assert.deepEqual(run(args), [...args, ...copied]);
            assert.equal(readFileSync(join(copies, "Pulumi.dev.yaml"), "utf8"), stackFile);
        });
    }

    void it("finds the project from inside it, and from elsewhere", () => {
        assert.deepEqual(run(["up", "-s", "dev"], join(project, "inside")), ["up", "-s", "dev", ...copied]);
        const args = ["-C", project, "up", "-s", "dev"];
        assert.deepEqual(run(args, directory), [...args, ...copied]);
    });

    void it("copies the stack file as it is by then", () => {
        writeFileSync(join(project, "Pulumi.dev.yaml"), "config: {}\n");
        run(["up", "-s", "dev"]);
        assert.equal(readFileSync(join(copies, "Pulumi.dev.yaml"), "utf8"), "config: {}\n");
        writeFileSync(join(project, "Pulumi.dev.yaml"), stackFile);
    });

    void it("looks at a history from beside the copy", () => {
        const args = ["stack", "history", "-s", "dev", "--show-secrets"];
        assert.deepEqual(run(args), [...args, "--cwd", copies]);
    });

    const untouched: [string, string[]][] = [
        ["other commands", ["config", "set", "up", "preview", "-s", "dev"]],
        ["a stack with its own salt", ["up", "-s", "own"]],
        ["a stack without a file", ["up", "-s", "absent"]],
        ["a configuration file of one's own", ["up", "-s", "dev", "--config-file", "mine.yaml"]],
    ];
    for (const [what, args] of untouched) {
        void it(`leaves the arguments alone: ${what}`, () => {
            assert.deepEqual(run(args), args);
        });
    }
});

void describe("env.sh", () => {
    const script = environmentScript({ TOKEN: "it's $HOME" }, "/a lab/bin");

    void it("sets what it says, and the PATH once however often it is sourced", () => {
        const command = `${script}\n${script}\nprintf '%s\\n' "$TOKEN" "$PATH"`;
        const output = execFileSync("sh", ["-euc", command], { encoding: "utf8", env: { PATH: "/usr/bin:/bin" } });
        assert.deepEqual(output.trimEnd().split("\n"), ["it's $HOME", "/a lab/bin:/usr/bin:/bin"]);
    });

    void it("quotes for sh", () => {
        assert.equal(quote("a'b"), String.raw`'a'\''b'`);
    });
});
