import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

import semver from "semver";
import { parse } from "yaml";

import { messageOf } from "../../domain/problem";
import { findProgram, needsShell, ownEnvironment, thisSystem } from "../tools/programs";
import { type Line, failed, ok, warning } from "./line";

const run = promisify(execFile);
const answersWithinMs = 30_000;

interface Tool {
    readonly name: string;
    readonly command: readonly [string, ...string[]];
    /** The range of accepted versions; undefined to accept any. */
    readonly range?: string;
    readonly install: string;
    /** The commands that need it, if `pulumi up` does not. */
    readonly neededBy?: string;
}

/** Checks the tools that a user runs, as the user's shell finds them. */
export async function tools(): Promise<Line[]> {
    const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
    const project = parse(readFileSync("Pulumi.yaml", "utf8")) as { requiredPulumiVersion: string };
    const all: readonly Tool[] = [
        {
            name: "Node.js",
            command: ["node", "--version"],
            range: engines.node,
            install: "https://nodejs.org/en/download",
        },
        {
            name: "Pulumi CLI",
            command: ["pulumi", "version"],
            range: project.requiredPulumiVersion,
            install: "https://www.pulumi.com/docs/install/",
        },
        {
            name: "kubectl",
            command: ["kubectl", "version", "--client"],
            install: "https://kubernetes.io/docs/tasks/tools/",
            neededBy: "`npx fluxcd promote` compares overlays with it, and many fixes are kubectl commands",
        },
        {
            name: "git",
            command: ["git", "--version"],
            install: "https://git-scm.com/downloads",
            neededBy: "`npx fluxcd promote --pr` and changes in the repositories need it",
        },
    ];
    return Promise.all(all.map(look));
}

async function look({ name, command: [program, ...args], range, install, neededBy }: Tool): Promise<Line> {
    const fix = `open ${install}`;
    const lacking = (says: string) =>
        neededBy === undefined ? failed(name, says, fix) : warning(name, `${says}; ${neededBy}`, fix);
    try {
        const env = ownEnvironment();
        const path = findProgram(program, { ...thisSystem, env });
        const shell = needsShell(path);
        const { stdout } = await run(program, args, { env, shell, timeout: answersWithinMs });
        const version = semver.coerce(stdout)?.version ?? stdout.trim();
        const fits = range === undefined || semver.satisfies(version, range);
        return fits ? ok(name, version) : lacking(`${version} is too old: expected ${range}`);
    } catch (error) {
        const isMissing = (error as { code?: unknown }).code === "ENOENT";
        return lacking(isMissing ? `${program} is not on the PATH` : `${program} does not run: ${messageOf(error)}`);
    }
}
