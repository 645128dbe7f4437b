import { Command, InvalidArgumentError } from "commander";
import { colors } from "../colors.ts";
import { down } from "../down.ts";
import { say } from "../progress.ts";
import { up } from "../up.ts";
import { allCases, type Case, choose, short } from "./cases.ts";
import { write } from "./document.ts";
import { faults } from "./faults.ts";
import { operations } from "./operations.ts";
import { prepare } from "./prepare.ts";
import type { Outcome } from "./results.ts";
import { printedFile, runCase } from "./run.ts";
import { forgetRuns } from "./engine.ts";
import { World } from "./world.ts";

interface Options {
    readonly seed: number;
    readonly count?: number;
    readonly operation?: string;
    readonly fault?: string;
    readonly case?: string[];
    readonly list?: boolean;
    readonly json?: boolean;
    readonly keep?: boolean;
    readonly short?: boolean;
    readonly write?: boolean;
}

const number = (text: string): number => {
    if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It is a whole number.");
    return Number(text);
};
const oneOf = (names: readonly string[]) => (text: string) => {
    if (!names.includes(text)) throw new InvalidArgumentError(`There are ${names.join(", ")}.`);
    return text;
};

const program = new Command("npm run faults --")
    .description(
        "Breaks things in the middle of `up`, a promotion, a rotation and `destroy`, in the lab, and looks whether the next command fixes it all.",
    )
    .option("--seed <number>", "chooses the points, and the order", number, 1)
    .option("--count <number>", "how many cases; without it, all", number)
    .option("--operation <name>", "only this one", oneOf(operations.map(({ name }) => name)))
    .option("--fault <name>", "only this one", oneOf(faults.map(({ name }) => name)))
    .option("--case <id...>", "exactly these")
    .option("--short", "the few cases that CI runs where lab/faults was changed")
    .option("--write", "add the outcomes to docs/reliability.json, and make docs/reliability.md of it")
    .option("--list", "print the cases that are chosen, and run none")
    .option("--json", "the outcomes as data, on standard output")
    .option("--keep", "use the lab that is up, and leave it up")
    .showHelpAfterError()
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
    .addHelpText(
        "after",
        `
Examples:
  npm run faults -- --list --operation destroy
  npm run faults -- --seed 7 --count 20
  npm run faults -- --case up/engine-killed/request-deploy-key-1
  npm run faults -- --seed 7 --write

Exit codes: 0 everything held, 1 something did not, 2 usage.`,
    );
program.parse();

const options = program.opts<Options>();
const cases = chosen(options);
if (options.list) {
    console.log(options.json ? JSON.stringify(cases.map(({ id }) => id)) : cases.map(({ id }) => id).join("\n"));
} else {
    try {
        const outcomes = await run(cases, options);
        if (options.json) console.log(JSON.stringify(outcomes, undefined, 2));
        const broken = outcomes.filter(({ violations }) => violations.length > 0);
        say(`${outcomes.length} faults, ${outcomes.length - broken.length} of them without a trace.`);
        if (broken.length > 0) process.exitCode = 1;
    } catch (error) {
        say(`${colors.red("✗")} ${error instanceof Error ? error.message : String(error)}`);
        process.exitCode = 1;
    }
}

function chosen(wanted: Options): Case[] {
    const ids = wanted.case ?? (wanted.short ? short : undefined);
    if (ids === undefined) return choose(wanted);
    const all = allCases();
    return ids.flatMap((id) => {
        const found = all.filter((each) => each.id === id);
        if (found.length === 0) program.error(`There is no case ${id}: npm run faults -- --list`);
        return found;
    });
}

async function run(wanted: readonly Case[], { keep, write: writing }: Options): Promise<Outcome[]> {
    if (!keep) await down();
    await up();
    const world = await World.open();
    const outcomes: Outcome[] = [];
    try {
        await prepare(world, [...new Set(wanted.map(({ operation }) => operation.from))], say);
        for (const [at, each] of wanted.entries()) {
            say(`… ${at + 1}/${wanted.length} ${each.id}`);
            const outcome = await runCase(world, each).catch((error: unknown) => unknown(each, error));
            outcomes.push(outcome);
            report(outcome);
            // After each, as a long run may be ended.
            if (writing) write([outcome]);
            if (outcome.violations.length === 0) forgetRuns();
        }
    } finally {
        if (!keep) await down();
    }
    return outcomes;
}

/** A case that could not be judged has proved nothing. */
function unknown({ id }: Case, error: unknown): Outcome {
    const violations = [`not judged: ${error instanceof Error ? error.message : String(error)}`];
    return { case: id, reached: false, failed: false, said: "", commands: [], violations, seconds: 0 };
}

function report({ case: id, said, commands, violations, seconds }: Outcome): void {
    const good = violations.length === 0;
    say(`${good ? colors.green("✓") : colors.red("✗")} ${id} ${colors.dim(`${seconds} s`)}`);
    if (said !== "") say(`    it said: ${said}`);
    say(`    then: ${commands.join(", ")}`);
    for (const words of violations) say(`    ${colors.red(words)}`);
    if (!good) {
        say(`    what Pulumi printed: ${printedFile({ id })}`);
        say(`    again: npm run faults -- --case ${id}`);
    }
}
