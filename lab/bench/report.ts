import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { draw, show, svgName } from "./charts.ts";
import { readResult, type Result } from "./results.ts";
import { type Figure, type Judged, judge, median, type Scenario } from "./scenario.ts";

const intro = `# Benchmarks

Made by \`npm run bench\` from the JSON files beside it, and by nothing else. Every figure is the median of its runs, which
are all there. What is compared was measured in one run, in turn: ours, the floor, the peer, and again. [The
lab](../lab.md) says what of it is real: pods start at once and no image is pulled, so these are the times of the tools
themselves, and GitHub answers from the same machine.
`;

/** The files of the report by name: README.md and the charts, made of the results in a directory. */
export async function reportOf(scenarios: readonly Scenario[], directory: string): Promise<Record<string, string>> {
    const files: Record<string, string> = {};
    const sections: string[] = [];
    const goals: string[] = [];
    const machines = new Map<string, string[]>();
    for (const scenario of scenarios) {
        const result = readResult(scenario.name, directory);
        if (result === undefined) continue;
        const machine = machineOf(result);
        machines.set(machine, [...(machines.get(machine) ?? []), link(scenario)]);
        const judged = judge(scenario.goals, result.figures);
        goals.push(...judged.map((goal) => row([link(scenario), goal.text, measured(goal), verdict(goal)])));
        const charts: string[] = [];
        for (const chart of scenario.charts) {
            const svg = await draw(chart, result);
            if (svg === undefined) continue;
            files[svgName(scenario, chart)] = `${svg}\n`;
            charts.push(`![${chart.title}](${svgName(scenario, chart)})`);
        }
        sections.push(section({ scenario, result, judged, charts }));
    }
    const head = [row(["Of", "Goal", "Measured", ""]), row(["-", "-", "-:", "-"])];
    const text = [intro, ...(goals.length === 0 ? [] : ["## Goals", [...head, ...goals].join("\n")])];
    text.push(...machinesOf(machines), ...sections);
    const file = join(directory, "README.md");
    const options = await resolveConfig(import.meta.filename);
    files["README.md"] = await format(text.join("\n\n"), { ...options, tabWidth: 2, filepath: file });
    return files;
}

/** Writes the report beside its results, and takes away charts that there are no longer. */
export async function writeReport(scenarios: readonly Scenario[], directory: string): Promise<string> {
    mkdirSync(directory, { recursive: true });
    const files = await reportOf(scenarios, directory);
    for (const name of readdirSync(directory))
        if (name.endsWith(".svg") && !(name in files)) rmSync(join(directory, name));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    return join(directory, "README.md");
}

/** What keeps a report from being committed: goals that were missed, with nobody saying why. */
export function unexplained(scenarios: readonly Scenario[], directory: string): string[] {
    if (!existsSync(directory)) return [];
    return scenarios.flatMap((scenario) =>
        judge(scenario.goals, readResult(scenario.name, directory)?.figures ?? [])
            .filter(({ met, reason }) => !met && reason === undefined)
            .map(({ text }) => `${scenario.name}: ${text}`),
    );
}

/** Figures that goals and charts name and that a run did not give: the report would be silent about them. */
export function unmeasured({ goals, charts }: Scenario, figures: readonly Figure[]): string[] {
    const named = [
        ...goals.flatMap(({ of, less, over }) => [of, less ?? of, over ?? of]),
        ...charts.flatMap(({ of }) => ("bars" in of ? of.bars : [])),
    ];
    const groups = charts.flatMap(({ of }) => ("lines" in of ? [of.lines] : []));
    return [
        ...new Set(named.filter((id) => !figures.some((figure) => figure.id === id))),
        ...groups.filter((name) => !figures.some(({ group }) => group === name)),
    ];
}

interface Section {
    readonly scenario: Scenario;
    readonly result: Result;
    readonly judged: readonly Judged[];
    readonly charts: readonly string[];
}

function section({ scenario, result, judged, charts }: Section): string {
    const groups = [...new Set(result.figures.map(({ group }) => group))];
    const tables = groups.flatMap((group) => {
        const figures = result.figures.filter((figure) => figure.group === group);
        return [...(group === undefined ? [] : [`### ${group}`]), ...tablesOf(figures, result)];
    });
    const missed = judged.filter(({ met }) => !met);
    return [
        `## ${scenario.title}`,
        scenario.about.trim(),
        ...charts,
        ...tables,
        ...missed.map(({ text, reason }) => `**Missed: ${text}.** ${reason ?? "No reason has been given."}`),
        ranOn(result),
    ].join("\n\n");
}

/** Said only of results of several: of one, each section says it. */
function machinesOf(machines: ReadonlyMap<string, readonly string[]>): string[] {
    if (machines.size < 2) return [];
    return [
        "## Machines",
        "Not all of it was measured on the same machine. Seconds of one must not be held beside seconds of another: only within a section, and as ratios.",
        [...machines].map(([machine, measured]) => `- **${machine}**: ${measured.join(", ")}`).join("\n"),
    ];
}

function tablesOf(figures: readonly Figure[], { figures: all }: Result): string[] {
    const rows = figures.filter(({ point }) => point === undefined);
    const points = figures.filter(({ point }) => point !== undefined);
    return [...(rows.length === 0 ? [] : [rowsOf(rows, all)]), ...(points.length === 0 ? [] : [pointsOf(points)])];
}

function rowsOf(figures: readonly Figure[], all: readonly Figure[]): string {
    const compared = figures.some(({ beside = [] }) => beside.length > 0);
    const head = ["", "Median", "Runs", ...(compared ? ["Beside"] : [])];
    const lines = figures.map(({ what, unit, values, beside = [] }) => {
        const ratios = beside.map((id) => {
            const other = all.find((figure) => figure.id === id);
            return other === undefined ? "" : `${ratio(median(values) / median(other.values))} ${other.what}`;
        });
        const runs = values.map((value) => show(value, unit).replace(` ${unit}`, "")).join(", ");
        return [what, show(median(values), unit), runs, ...(compared ? [ratios.join("<br>")] : [])];
    });
    return table(head, ["-", "-:", "-", "-"], lines);
}

function pointsOf(figures: readonly Figure[]): string {
    const series = [...new Set(figures.flatMap(({ point }) => point?.series ?? []))];
    const places = [...new Set(figures.flatMap(({ point }) => point?.at ?? []))].sort((one, other) =>
        typeof one === "number" && typeof other === "number" ? one - other : 0,
    );
    const lines = places.map((at) => [
        String(at),
        ...series.map((name) => {
            const figure = figures.find(({ point }) => point?.series === name && point.at === at);
            return figure === undefined ? "" : show(median(figure.values), figure.unit);
        }),
    ]);
    const first = places.every((at) => typeof at === "number") ? "-:" : "-";
    return table(["", ...series], [first, ...series.map(() => "-:")], lines);
}

function table(head: string[], align: string[], lines: string[][]): string {
    return [row(head), row(align.slice(0, head.length)), ...lines.map(row)].join("\n");
}

function row(cells: readonly string[]): string {
    return `| ${cells.join(" | ")} |`;
}

function link({ title }: Scenario): string {
    return `[${title}](#${title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-")})`;
}

function ratio(value: number): string {
    return `${value.toFixed(2)} ×`;
}

function measured({ measured, over, atMost }: Judged): string {
    const digits = over === undefined ? (Number.isInteger(atMost) && Number.isInteger(measured) ? 0 : 2) : 2;
    return over === undefined ? measured.toFixed(digits) : ratio(measured);
}

function verdict({ met }: Judged): string {
    return met ? "met" : "**missed**";
}

function machineOf({ machine: { cpu, cores, memoryGiB, system } }: Result): string {
    return `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}`;
}

function ranOn(result: Result): string {
    const { date, commit, minutes, machine, versions, figures } = result;
    const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    const runs = Math.max(...figures.map(({ values }) => values.length));
    // Until the lab ran on the official ones.
    const stoodIn = versions["kubernetes and random providers"] === "the lab's";
    return (
        (stoodIn
            ? "Measured with stand-ins for the Kubernetes and random providers, which the lab has no more. The official ones take longer to start.\n\n"
            : "") +
        `<details><summary>${date.slice(0, 10)}, commit ${commit}, ${runs === 1 ? "one run" : `${runs} runs`} in ${minutes} minutes on ${machine.cores} cores</summary>\n\n` +
        `${machineOf(result)}. ${list.join(", ")}.\n\n</details>`
    );
}
