import { Argument, Command, InvalidArgumentError } from "commander";
import { resolve } from "node:path";
import { colors } from "../colors.ts";
import { down } from "../down.ts";
import { say } from "../progress.ts";
import { unexplained, unmeasured, writeReport } from "./report.ts";
import { benchmarks, resultOf, writeResult } from "./results.ts";
import { Bench, judge, type Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import { proveNoErrors } from "./support.ts";

interface Options {
    readonly runs?: number;
    readonly short?: true;
    readonly output?: string;
    readonly json?: true;
    readonly list?: true;
    readonly report?: true;
}

const program = new Command("npm run bench --")
    .description("Measures the program beside its floor and its peers, each scenario in labs of its own.")
    .addArgument(
        new Argument("[scenario...]", "all of them if none is named").choices(scenarios.map(({ name }) => name)),
    )
    .option("--runs <number>", "how often each thing is measured; 3, and 1 in the short form", positive)
    .option("--short", "once, the quick ones, the smallest sizes: whether everything still works, not how fast it is")
    .option("--output <folder>", "where results and report go; docs/benchmarks, which the short form never writes to")
    .option("--report", "measure nothing: make the report of the results that are there")
    .option("--list", "measure nothing: say which scenarios there are and how long each takes")
    .option("--json", "the results as data, on standard output")
    .showHelpAfterError()
    .addHelpText(
        "after",
        `
A lab that is up is taken down. Let nothing else run on the machine.

Examples:
  npm run bench                                 everything, into docs/benchmarks
  npm run bench -- bootstrap --runs 5           one scenario; the report takes the others as they were
  npm run bench -- --short --output .bench  what CI does where lab/bench was changed

Exit codes: 0 measured, 1 failed, 2 wrong usage, 3 measured, but a missed goal has no reason given.`,
    )
    .exitOverride((error) => {
        process.exit(error.exitCode === 0 ? 0 : 2);
    });
program.parse();

try {
    await main(program.args, program.opts<Options>());
} catch (error) {
    say(`${colors.red("✗")} ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
}

async function main(names: readonly string[], options: Options): Promise<void> {
    const chosen = scenarios
        .filter(({ name }) => names.length === 0 || names.includes(name))
        .filter(({ minutes }) => !options.short || minutes.short !== undefined);
    if (options.list) {
        for (const { name, title, minutes } of scenarios)
            console.log(
                `${name.padEnd(14)} ${`${minutes.full} min`.padStart(7)}  ${title}${minutes.short === undefined ? "" : " (also in the short form)"}`,
            );
        return;
    }
    if (options.short && options.output === undefined) {
        program.error("--short needs --output <folder>: its results are no benchmark.");
    }
    const directory = options.output === undefined ? benchmarks : resolve(options.output);
    if (!options.report) await measure(chosen, directory, options);
    say(`${colors.green("✓")} ${await writeReport(scenarios, directory)}`);
    const silent = options.short ? [] : unexplained(scenarios, directory);
    for (const goal of silent)
        say(`${colors.red("✗")} missed, and its scenario gives no reason: ${goal}. Measure why, and say it there.`);
    if (silent.length > 0) process.exitCode = 3;
}

async function measure(chosen: readonly Scenario[], directory: string, options: Options): Promise<void> {
    const runs = options.runs ?? (options.short ? 1 : 3);
    const minutes = chosen.map(({ minutes: { full, short = 0 } }) => (options.short ? short : (full * runs) / 3));
    const total = minutes.reduce((sum, each) => sum + each, 0);
    say(`${chosen.map(({ name }) => name).join(", ")}: about ${Math.ceil(total)} minutes on two cores.`);
    const results = [];
    for (const scenario of chosen) {
        say(`\n${colors.bold(scenario.title)}`);
        const start = performance.now();
        try {
            const figures = await scenario.run(new Bench({ runs, short: options.short === true }));
            await proveNoErrors();
            const missing = options.short ? [] : unmeasured(scenario, figures);
            if (missing.length > 0) throw new Error(`${scenario.name} did not measure ${missing.join(", ")}`);
            const result = await resultOf(scenario.name, (performance.now() - start) / 60_000, figures);
            writeResult(result, directory);
            results.push({ ...result, goals: judge(scenario.goals, result.figures) });
        } finally {
            await down();
        }
    }
    if (options.json) console.log(JSON.stringify(results, undefined, 2));
}

function positive(text: string): number {
    const number = Number(text);
    if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError("A whole number from 1 on.");
    return number;
}
