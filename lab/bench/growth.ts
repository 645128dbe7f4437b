import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { checkout, labDirectory } from "../paths.ts";
import { shell } from "../shell.ts";
import { ask } from "./github.ts";
import type { Bench, Figure, Goal, Scenario } from "./scenario.ts";
import { counted, freshLab, workDirectory } from "./support.ts";
import { type Part, withUse } from "./use.ts";

const groups = {
    seconds: "By the number of sources: seconds",
    memory: "By the number of sources: memory at the most",
    requests: "By the number of sources: requests to GitHub",
    state: "By the number of sources: the stack's state",
} as const;

/** What is done at each size, in this order. */
const commands = {
    grow: ["up that adds the sources since the row before", "up -y --skip-preview"],
    again: ["up again", "up -y --skip-preview --expect-no-changes"],
    preview: ["preview", "preview --expect-no-changes"],
    changed: ["up with one changed value", "up -y --skip-preview"],
    more: ["up that adds one more", "up -y --skip-preview"],
} as const;

type Id = keyof typeof commands;
const ids = Object.keys(commands) as Id[];

type Named = Exclude<Part, "others">;
const parts: Readonly<Record<Named, string>> = {
    engine: "engine",
    program: "program",
    kubernetes: "kubernetes provider",
    github: "GitHub provider",
};

/** How much is enough to tell a line from a curve on a machine that measures the same twice within a tenth. */
const linear = 1.2;

const about = `
A stack with more and more sources and as many Kustomizations (\`fluxcd:sources\`, \`fluxcd:kustomizations\`). Each
source is a private repository of its own with one ConfigMap, read with a deploy key of its own, so that one pair is nine
resources of Pulumi's. Flux is there already, and each run begins with a new lab. GitHub's pacing is off (\`github:writeDelayMs: 0\`):
with the default of a second between two writes, each deploy key takes a second more, which is GitHub's limit and not ours.`;

export const growth: Scenario = {
    name: "growth",
    title: "Growth, with the state in files",
    about: `${about}

The lab keeps Pulumi's state in files, where the engine writes all of it before and after each step that changes something.

Whether \`up\` again and \`preview\` grow by a line is judged [with 500](#growth-to-500-sources-with-the-state-written-at-the-end),
where they run as here: from 2 to 20 sources they take two seconds more, and vary by one.`,
    minutes: { full: 15, short: 1 },
    goals: [
        {
            text: `a source from 20 to 100 takes \`up\` at most ${linear} times as long as one from 2 to 20`,
            of: "grow.slope",
            atMost: linear,
            reason: "The engine writes the whole state before and after every step that makes a resource, and the state grows by 20 KiB for each source: 1000 writes of up to 3 MiB for the 80 sources here. Pulumi Cloud is sent each step alone; with a state of your own, add sources a few at a time, or read them with a token or an App instead of a key each, which is two resources less.",
        },
        ...goalsAt(100),
    ],
    charts: chartsOf(),
    run: (bench) =>
        bench.repeated(() => measured(bench, { sizes: bench.short ? [2, 20] : [2, 20, 100], environment: "" })),
};

export const growthTo500: Scenario = {
    name: "growth-500",
    title: "Growth to 500 sources, with the state written at the end",
    about: `${about}

Here the \`up\` that adds many runs with \`PULUMI_SKIP_CHECKPOINTS=true\`: the engine writes the state once, at the end. All
other commands write it as they always do, the one that adds a single source too.`,
    minutes: { full: 34 },
    goals: [
        {
            text: `a source from 100 to 500 takes \`up\` at most ${linear} times as long as one from 20 to 100`,
            of: "grow.slope",
            atMost: linear,
        },
        {
            text: `a source from 100 to 500 takes \`up again\` at most ${linear} times as long as one from 20 to 100`,
            of: "again.slope",
            atMost: linear,
            reason: "It could not be told on the machine: of two one after the other, with nothing changed between them, one took 68.5 s at 500 sources and the other 89.8 s, which is 1.1 or 1.6 times the line.",
        },
        {
            text: `a source from 100 to 500 takes \`preview\` at most ${linear} times as long as one from 20 to 100`,
            of: "preview.slope",
            atMost: linear,
            reason: "It is not a curve but the machine, which took from 22.3 to 25.3 s for the same command at 100 sources. Asked again on one lab, three times at 20 and at 100 sources and twice at 500, a preview took 13.4, 23.2 and 69.1 s, 0.94 times the line; and each source cost 0.06 s of a core in the engine and 0.06 s in the program, from 20 to 100 as from 100 to 500.",
        },
        ...goalsAt(500),
    ],
    charts: chartsOf(),
    run: (bench) =>
        bench.repeated(() =>
            measured(bench, { sizes: [2, 20, 100, 500], environment: "PULUMI_SKIP_CHECKPOINTS=true " }),
        ),
};

function goalsAt(size: number): Goal[] {
    return [
        {
            text: `a preview of ${size} asks GitHub at most once for each unchanged source and each unchanged Kustomization`,
            of: `preview.reads-${size}`,
            less: "preview.reads-2",
            over: "sources",
            // A source and its Kustomization are two.
            atMost: 2,
        },
        { text: `the engine holds at most 1 GiB at ${size} sources`, of: `engine-${size}`, atMost: 1024 },
    ];
}

function chartsOf(): Scenario["charts"] {
    const x = "sources";
    return [
        { name: "seconds", title: "Seconds, by the number of sources", of: { lines: groups.seconds, x } },
        { name: "memory", title: "Memory at the most, by the number of sources", of: { lines: groups.memory, x } },
    ];
}

interface Growth {
    readonly sizes: readonly number[];
    /** Of the command that adds many. */
    readonly environment: string;
}

async function measured(bench: Bench, { sizes, environment }: Growth): Promise<Figure[]> {
    await bench.step("a new lab, with Flux on dev", async () => {
        await freshLab();
        await shell("pulumi up -y -s dev --skip-preview");
    });
    const figures: Figure[] = [];
    for (const [index, size] of sizes.entries()) {
        // One more than sources, for the `up` that adds one; the size before has made it.
        const there = index === 0 ? 0 : (sizes[index - 1] ?? 0) + 1;
        await bench.step(`${size} repositories`, () => makeRepositories(there, size + 1));
        figures.push(...(await measuredAt(bench, size, environment)));
    }
    return [...figures, ...slopes(figures, sizes), sourcesBetween(sizes)];
}

async function measuredAt(bench: Bench, at: number, environment: string): Promise<Figure[]> {
    const figures: Figure[] = [];
    const point = (id: string, series: string, group: keyof typeof groups, unit: Figure["unit"]) => (value: number) =>
        figures.push({
            id: `${id}-${at}`,
            what: series,
            unit,
            values: [value],
            group: groups[group],
            point: { series, at },
        });
    const most: Record<Named, number> = { engine: 0, program: 0, kubernetes: 0, github: 0 };
    for (const id of bench.short ? (["grow", "preview"] as const) : ids) {
        const [what, command] = commands[id];
        const file = stackFile(id === "more" ? at + 1 : at, id === "changed" || id === "more" ? "11m" : "10m");
        const line = `${id === "grow" ? environment : ""}pulumi ${command} -s dev --config-file ${file}`;
        const { value, use } = await withUse(() => counted(bench, `${at}: ${what}`, () => shell(line)));
        for (const part of Object.keys(parts) as Named[]) most[part] = Math.max(most[part], use[part].memory);
        point(id, what, "seconds", "s")(value.seconds);
        point(`${id}.reads`, `${what}: reads`, "requests", "requests")(value.reads);
        if (id === "preview") point("state", "in the backend's file", "state", "KiB")(stateBytes() / 1024);
    }
    for (const part of Object.keys(parts) as Named[]) point(part, parts[part], "memory", "MiB")(most[part]);
    return figures;
}

/** How long each later source takes beside each earlier one, by the last three sizes: 1 is a line. */
function slopes(figures: readonly Figure[], sizes: readonly number[]): Figure[] {
    const [first, second, third] = sizes.slice(-3);
    if (first === undefined || second === undefined || third === undefined) return [];
    const at = (id: Id, size: number) =>
        figures.find((figure) => figure.id === `${id}-${size}`)?.values[0] ?? Number.NaN;
    const slope = (id: Id, from: number, to: number) =>
        // What an `up` that adds them takes for them is what it takes over one with nothing to do.
        (at(id, to) - at(id === "grow" ? "again" : id, id === "grow" ? to : from)) / (to - from);
    return (["grow", "again", "preview"] as const).map((id) => ({
        id: `${id}.slope`,
        what: `${id === "grow" ? "up that adds them" : commands[id][0]}: a source from ${second} to ${third} beside one from ${first} to ${second}`,
        unit: "times",
        values: [Math.max(0, slope(id, second, third) / slope(id, first, second))],
    }));
}

function sourcesBetween(sizes: readonly number[]): Figure {
    const [fewest = 0, most = 0] = [sizes[0], sizes.at(-1)];
    const what = "sources that the largest stack has over the smallest";
    return { id: "sources", what, unit: "resources", values: [most - fewest] };
}

/** A private repository of the owner for each source that has none yet, with one object in it. */
async function makeRepositories(there: number, size: number): Promise<void> {
    const names = sourceNames(size);
    const atOnce = 8;
    for (let from = there; from < size; from += atOnce)
        await Promise.all(
            names.slice(from, from + atOnce).map(async (name) => {
                await ask("POST", "/user/repos", { name, private: true });
                const content = Buffer.from(configMap(name)).toString("base64");
                const file = { message: "The first object", content, branch: "main" };
                await ask("PUT", `/repos/misua/${name}/contents/deploy/object.yaml`, file);
            }),
        );
}

function sourceNames(size: number): string[] {
    return Array.from({ length: size }, (_, index) => `team-${String(index).padStart(3, "0")}`);
}

function configMap(name: string): string {
    const metadata = { name, namespace: "default" };
    return stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { name } });
}

/** The committed stack file with so many sources beside its own, of which the first is looked at so often. */
function stackFile(size: number, interval: string): string {
    const { config } = parse(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")) as {
        config: Readonly<Record<"fluxcd:sources" | "fluxcd:kustomizations", object>>;
    };
    const names = sourceNames(size);
    const sources = names.map((repository, index) => [
        repository,
        { repository, branch: "main", interval: index === 0 ? interval : "10m" },
    ]);
    const changed = {
        ...config,
        "github:writeDelayMs": 0,
        "fluxcd:sources": { ...config["fluxcd:sources"], ...(Object.fromEntries(sources) as object) },
        "fluxcd:kustomizations": {
            ...config["fluxcd:kustomizations"],
            ...Object.fromEntries(names.map((source) => [source, { source, path: "./deploy" }])),
        },
    };
    mkdirSync(workDirectory, { recursive: true });
    const file = join(workDirectory, "Pulumi.dev.yaml");
    writeFileSync(file, stringify({ config: changed }));
    return file;
}

function stateBytes(): number {
    return statSync(join(labDirectory, "pulumi", ".pulumi", "stacks", "fluxcd", "dev.json")).size;
}
