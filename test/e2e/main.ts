import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";

import { Command, InvalidArgumentError } from "commander";

import { all, type Choice, chosen, labs, turns } from "./choice";
import { checkout } from "./support/run";
import { readTook } from "./took";

interface Group {
    readonly name: string;
    readonly specs: readonly string[];
}

interface Options {
    readonly all?: true;
    readonly commit?: string;
    readonly list?: true;
}

const folder = join("test", "e2e");
const ending = ".test.ts";
const fileOf = (spec: string) => join(folder, `${spec}${ending}`);
const specs = readdirSync(join(checkout, folder))
    .filter((file) => file.endsWith(ending))
    .map((file) => basename(file, ending))
    .sort();

/** LAB_KEEP=1 uses the lab that is up, and leaves it up. */
const keep = Boolean(process.env.LAB_KEEP);

const program = new Command("npm run e2e --")
    .description(
        "Drives the program in the lab with plain pulumi, kubectl and git. Without an argument it runs what CI runs: " +
            `the specs that always run, and of the others one in ${turns}, told by the commit's hash.`,
    )
    .argument("[spec...]", `exactly these, in one lab: ${fileOf("02-from-nothing")} or 02-from-nothing`, named, [])
    .option("--all", "every spec: before an issue is called resolved")
    .option("--commit <hash>", "those whose turn it is with another commit than HEAD", hash)
    .option("--list", "print what would run, and run nothing")
    .showHelpAfterError()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .addHelpText(
        "after",
        `
The specs run in two labs side by side, which are made for them and gone at the end. What each took is printed last.
LAB_KEEP=1 runs them in the lab that is up, one after the other, and leaves it up.

Examples:
  npm run e2e                                     what CI runs for this commit
  npm run e2e -- --list --commit 4f1c0a9e         what it runs for another
  npm run e2e -- test/e2e/02-from-nothing.test.ts
  LAB_KEEP=1 npm run e2e -- 19-options

Exit codes: 0 all passed, 1 some did not, 2 wrong usage.`,
    );

/** Commander calls it for each argument with what it made of those before. */
function named(argument: string, before: readonly string[]): readonly string[] {
    const spec = basename(argument, ending);
    if (!existsSync(join(checkout, fileOf(spec)))) {
        throw new InvalidArgumentError(`There is no ${fileOf(spec)}.`);
    }
    return [...before, spec];
}

function hash(text: string): string {
    if (!/^[0-9a-f]{7,40}$/.test(text)) {
        throw new InvalidArgumentError("It is a commit's hash, of 7 digits at least.");
    }
    return text;
}

function head(): string {
    const { stdout, status } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: checkout, encoding: "utf8" });
    if (status !== 0) {
        throw new Error("This is no git checkout, so no commit tells whose turn it is: npm run e2e -- --all");
    }
    return stdout.trim();
}

/** What to run, and in which labs. */
function groupsFor(wanted: readonly string[], options: Options): readonly Group[] {
    if (wanted.length > 0) {
        return [{ name: "specs", specs: wanted }];
    }
    const commit = options.commit ?? (options.all ? "" : head());
    const choice = options.all ? all(specs) : chosen(specs, commit);
    explain(choice, commit);
    const groups = labs.map((name) => ({ name, specs: choice.run[name] }));
    const together = [...new Set(groups.flatMap((group) => group.specs))].sort();
    return keep ? [{ name: "specs", specs: together }] : groups;
}

function explain({ run, inTurn, left }: Choice, commit: string): void {
    for (const lab of labs) {
        process.stdout.write(`${lab}: ${run[lab].join(" ")}\n`);
    }
    if (commit !== "") {
        process.stdout.write(`It is the turn of, with ${commit}: ${inTurn.join(" ")}\n`);
        process.stdout.write(`Left to other commits, and to npm run e2e -- --all: ${left.join(" ")}\n`);
    }
}

async function main(wanted: readonly string[], options: Options): Promise<void> {
    const groups = groupsFor(wanted, options);
    if (options.list) {
        return;
    }
    let outcomes: readonly Outcome[];
    try {
        // One after the other: two that start at once could choose the same ports.
        for (const { name } of keep ? [] : groups) {
            lab("down", name);
            lab("up", name);
            stopAutomaticLog(name);
        }
        outcomes = await Promise.all(groups.map(run));
    } finally {
        for (const { name } of keep ? [] : groups) {
            lab("down", name);
        }
    }
    for (const { name, took } of outcomes) {
        process.stdout.write(`\n${name}\n`);
        for (const { spec, seconds } of took.toSorted((one, other) => other.seconds - one.seconds)) {
            process.stdout.write(`${String(seconds).padStart(6)} s  ${spec}\n`);
        }
        process.stdout.write(`${String(took.reduce((sum, { seconds }) => sum + seconds, 0)).padStart(6)} s  in all\n`);
    }
    // A run that was interrupted ends with 0, and without a summary.
    const failed = outcomes.filter(({ code, summary }) => code !== 0 || summary === "");
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
    /** How long each spec took. */
    readonly took: readonly { readonly spec: string; readonly seconds: number }[];
    /** What mocha says at the end. */
    readonly summary: string;
}

/** Runs the specs, each line marked with the group's name. */
function run({ name, specs }: Group): Promise<Outcome> {
    const mocha = join("node_modules", ".bin", "mocha");
    const args = ["--config", join(folder, ".mocharc.json"), ...specs.map(fileOf)];
    const child = spawn(mocha, args, { cwd: checkout, env: environment(name), stdio: ["ignore", "pipe", "pipe"] });
    const took: { spec: string; seconds: number }[] = [];
    const summary: string[] = [];
    for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on("line", (line) => {
            const end = readTook(line);
            if (end !== undefined) {
                took.push(end);
            }
            const progress = end === undefined ? "" : `, ${took.length} of ${specs.length}`;
            process.stdout.write(`${name.padEnd(8)} | ${line}${progress}\n`);
            if (summary.length > 0 || /^\s+\d+ passing/.test(line)) {
                summary.push(`${line}\n`);
            }
        });
    }
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => {
            resolve({ name, code: code ?? 1, took, summary: summary.join("") });
        });
    });
}

program.parse();
void main(program.processedArgs[0] as readonly string[], program.opts<Options>());
