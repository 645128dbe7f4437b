import { spawn, spawnSync } from "node:child_process";
import { globSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { checkout } from "./support/run";

interface Group {
    readonly name: string;
    readonly specs: readonly string[];
}

/** LAB_KEEP=1 uses the lab that is up, and leaves it up. */
const keep = Boolean(process.env.LAB_KEEP);

/** Side by side, each in a lab of its own, because most of the time is waiting. The last spec looks at the whole run of either. */
const groups: readonly Group[] = [
    { name: "releases", specs: ["0*", "1[0-7]*", "4*", "90*"].flatMap(specsNamed) },
    { name: "flux", specs: ["19*", "2*", "3*", "90*"].flatMap(specsNamed) },
];

function specsNamed(pattern: string): string[] {
    return globSync(`test/e2e/${pattern}.test.ts`, { cwd: checkout }).sort();
}

async function main(specs: readonly string[]): Promise<void> {
    const chosen =
        specs.length > 0 || keep ? [{ name: "specs", specs: specs.length > 0 ? specs : specsNamed("*") }] : groups;
    let outcomes: readonly Outcome[];
    try {
        // One after the other: two that start at once could choose the same ports.
        for (const { name } of keep ? [] : chosen) {
            lab("down", name);
            lab("up", name);
            stopAutomaticLog(name);
        }
        outcomes = await Promise.all(chosen.map(run));
    } finally {
        for (const { name } of keep ? [] : chosen) {
            lab("down", name);
        }
    }
    const failed = outcomes.filter(({ code }) => code !== 0);
    const said = failed.map(({ name, summary }) => `\n${name}\n${summary}`);
    process.stdout.write(failed.length > 0 ? said.join("") : "\nAll specs passed.\n");
    process.exitCode = failed.length > 0 ? 1 : 0;
}

function directory(group: string): string {
    return join(checkout, ".e2e", group, ".lab");
}

function environment(group: string): NodeJS.ProcessEnv {
    return keep ? process.env : { ...process.env, LAB_DIRECTORY: directory(group) };
}

/**
 * Pulumi keeps a log of every run at its highest level: 8 MB and a fifth of a preview, which nobody reads here. It has no
 * option against it, and goes without where it cannot make the folder. https://github.com/pulumi/pulumi/pull/23731
 */
function stopAutomaticLog(group: string): void {
    const logs = join(directory(group), "pulumi-home", "logs");
    rmSync(logs, { recursive: true, force: true });
    writeFileSync(logs, "");
}

function lab(command: "up" | "down", group: string): void {
    const args = ["run", "--silent", "lab", "--", command];
    const { status } = spawnSync("npm", args, { cwd: checkout, env: environment(group), stdio: "inherit" });
    if (status !== 0) {
        throw new Error(`npm run lab -- ${command} failed.`);
    }
}

interface Outcome {
    readonly name: string;
    readonly code: number;
    /** What mocha says at the end. */
    readonly summary: string;
}

/** Runs the specs, each line marked with the group's name. */
function run({ name, specs }: Group): Promise<Outcome> {
    const mocha = join("node_modules", ".bin", "mocha");
    const args = ["--config", join("test", "e2e", ".mocharc.json"), ...specs];
    const child = spawn(mocha, args, { cwd: checkout, env: environment(name), stdio: ["ignore", "pipe", "pipe"] });
    const summary: string[] = [];
    for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on("line", (line) => {
            process.stdout.write(`${name.padEnd(8)} | ${line}\n`);
            if (summary.length > 0 || /^\s+\d+ passing/.test(line)) {
                summary.push(`${line}\n`);
            }
        });
    }
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => {
            resolve({ name, code: code ?? 1, summary: summary.join("") });
        });
    });
}

void main(process.argv.slice(2));
