import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join, sep } from "node:path";
import { promisify } from "node:util";

import semver from "semver";
import { parse } from "yaml";

import { messageOf } from "../../domain/problem";
import { type Check, failed, ok, warning } from "./check";

const run = promisify(execFile);
const answersWithinMs = 30_000;

interface Tool {
    readonly name: string;
    readonly command: readonly [string, ...string[]];
    /** The versions that will do, as a range; undefined where any will. */
    readonly range?: string;
    readonly install: string;
    /** What does not work without it, where `up` does. */
    readonly neededBy?: string;
}

/** The programs that a person runs, as their own shell finds them. */
export async function tools(): Promise<Check[]> {
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
            neededBy: "`npm run promote` compares overlays with it, and many a fix is a command of it",
        },
        {
            name: "git",
            command: ["git", "--version"],
            install: "https://git-scm.com/downloads",
            neededBy: "`npm run promote -- --pr` and changes in the repositories need it",
        },
    ];
    return Promise.all(all.map(look));
}

async function look({ name, command: [program, ...args], range, install, neededBy }: Tool): Promise<Check> {
    const fix = `open ${install}`;
    const lacking = (says: string) =>
        neededBy === undefined ? failed(name, says, fix) : warning(name, `${says}; ${neededBy}`, fix);
    try {
        const { stdout } = await run(program, args, { env: ownEnvironment(), timeout: answersWithinMs });
        const version = semver.coerce(stdout)?.version ?? stdout.trim();
        const fits = range === undefined || semver.satisfies(version, range);
        return fits ? ok(name, version) : lacking(`${version} is too old: expected ${range}`);
    } catch (error) {
        const isMissing = (error as { code?: unknown }).code === "ENOENT";
        return lacking(isMissing ? `${program} is not on the PATH` : `${program} does not run: ${messageOf(error)}`);
    }
}

/** npm puts the project's own programs before those of the person, who runs `pulumi` without npm. */
function ownEnvironment(): NodeJS.ProcessEnv {
    const own = (folder: string) =>
        !folder.endsWith(join("node_modules", ".bin")) && !folder.includes(`${sep}node-gyp-bin`);
    return { ...process.env, PATH: (process.env.PATH ?? "").split(delimiter).filter(own).join(delimiter) };
}
