import { cpus, release, totalmem, type } from "node:os";
import { faults } from "./faults.ts";
import { invariants } from "./invariants.ts";
import { operations } from "./operations.ts";
import type { Outcome, Results } from "./results.ts";

export function machine(): Results["machine"] {
    const memoryGiB = Math.round(totalmem() / 2 ** 30);
    return { cpus: cpus().length, memoryGiB, system: `${type()} ${release()}` };
}

const whatOf = (list: readonly { name: string; what: string }[], name: string) =>
    list.find((each) => each.name === name)?.what ?? name;

/** The document that is made of the results, and of nothing else. */
export function reliability(results: Results): string {
    const { of, date, machine: on, versions, outcomes } = results;
    const good = outcomes.filter(({ violations }) => violations.length === 0);
    const bad = outcomes.filter(({ violations }) => violations.length > 0);
    const after = (command: string) =>
        good.filter(({ commands }) => commands.some((each) => each.startsWith(command))).length;
    const tried = new Set(outcomes.map(({ case: id }) => id.split("/").slice(0, 2).join("/")));
    return [
        "# Reliability",
        "What becomes of an update that something breaks in the middle. `npm run faults` makes this document and writes all of it:",
        [
            `- ${outcomes.length} faults of the ${of} that it knows were tried, in ${tried.size} pairs of an operation and a fault, the last of them on ${date}.`,
            `- After ${good.length} of them the same command again fixed everything: ${after("pulumi cancel")} times after the \`pulumi cancel\` that Pulumi's message names, and ${after("pulumi refresh")} times after the \`pulumi refresh\` that [troubleshooting](troubleshooting.md#github-refuses) names.`,
            `- ${bad.length === 0 ? "None left anything behind." : `${bad.length} did not go well; they are [below](#what-did-not-go-well).`}`,
            `- The last ones on ${on.cpus} cores and ${on.memoryGiB} GiB, ${on.system}; earlier ones may be of older versions. ${Object.entries(
                versions,
            )
                .map(([name, version]) => `${name} ${version}`)
                .join(", ")}.`,
        ].join("\n"),
        "## What is looked at after each",
        "First the same command again, which must succeed; after an `up` another one, which must have nothing to do. Then:",
        invariants.map(({ what }) => `- ${what}`).join("\n"),
        "All of it runs in the [lab](lab.md): a real engine, real clusters and controllers, and a stand-in for GitHub.",
        "## Operations",
        table(["Operation", "What it is", "Points"], operationRows()),
        ...operations.flatMap((operation) => section(operation.name, outcomes)),
        "## What did not go well",
        bad.length === 0
            ? "Nothing of what was tried."
            : bad
                  .map(({ case: id, violations }) =>
                      [`- \`${id}\``, ...violations.map((words) => `  - ${escaped(words)}`)].join("\n"),
                  )
                  .join("\n"),
        "## What was not tried",
        notTried(tried, of - outcomes.length),
    ].join("\n\n");
}

function operationRows(): string[][] {
    return operations.map(({ name, what, points }) => [name, what, String(points.length)]);
}

function section(operation: string, outcomes: readonly Outcome[]): string[] {
    const own = outcomes.filter(({ case: id }) => id.startsWith(`${operation}/`));
    if (own.length === 0) return [];
    const rows = own.map((outcome) => {
        const [, fault = "", point = ""] = outcome.case.split("/");
        return [whatOf(faults, fault), `\`${point}\``, said(outcome), became(outcome)];
    });
    return [`## ${operation}`, table(["Fault", "At", "What the command said", "What then"], rows)];
}

function said({ reached, failed, said: words }: Outcome): string {
    if (!reached) return "the fault did not strike";
    if (!failed) return "nothing: it went through";
    return words === "" ? "nothing: it was killed" : escaped(words);
}

function became({ commands, violations }: Outcome): string {
    if (violations.length > 0) return "**did not go well**";
    return commands.map((command) => `\`${command}\``).join(", then ");
}

function notTried(tried: ReadonlySet<string>, cases: number): string {
    const left = operations.map(({ name, points }) => {
        const missing = faults
            .filter((fault) => points.some((point) => fault.suits(point, operationOf(name))))
            .filter((fault) => !tried.has(`${name}/${fault.name}`))
            .map((fault) => fault.name);
        return missing.length === 0 ? "" : `  - ${name}: ${missing.join(", ")}`;
    });
    const lines = left.filter((line) => line !== "");
    return [
        ...(lines.length === 0
            ? [`- ${cases} cases, at further points: of each pair of an operation and a fault, at least one was.`]
            : [`- ${cases} cases, and of these pairs of an operation and a fault every one:`, ...lines]),
        "- Faults that are not known here: a machine that loses power and its disk with it, a network that loses packets, and GitHub's own outages, which its stand-in plays as answers.",
    ].join("\n");
}

function operationOf(name: string): (typeof operations)[number] {
    const found = operations.find((each) => each.name === name);
    if (!found) throw new Error(`There is no operation ${name}.`);
    return found;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Somebody's words, which are no Markdown, no link and no table, without where in a provider they were said. */
function escaped(words: string): string {
    const plain = words
        .replace(/sdk-v2\/\S+ sdk\.helper_schema: |: provider=\S+$/g, "")
        .replace(/https?:\/\/\S+|\/(?:home|root|tmp|work)\/\S+|127\.0\.0\.1:\d+/g, "…")
        .slice(0, 200);
    return plain.replace(/[|\\`*_<>[\]]/g, (character) => `\\${character}`).replaceAll("@", "&#64;");
}
