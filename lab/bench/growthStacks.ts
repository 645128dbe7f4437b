import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { checkout, labDirectory } from "../paths.ts";
import { readProject } from "../settings.ts";
import { shell } from "../shell.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { counted, freshLab, workDirectory } from "./support.ts";
import { withUse } from "./use.ts";

const reported = [1, 3, 10];

const groups = {
    seconds: "By the number of stacks: seconds of the last one",
    requests: "By the number of stacks: requests to GitHub of the last one",
    memory: "By the number of stacks: memory of the engine at the most",
    state: "By the number of stacks: state of the last one",
} as const;

const commands = {
    up: ["up from nothing", "up -y --skip-preview"],
    again: ["up again", "up -y --skip-preview --expect-no-changes"],
    preview: ["preview", "preview --expect-no-changes"],
    destroy: ["destroy", "destroy -y --skip-preview"],
} as const;

type Id = keyof typeof commands;
const ids = Object.keys(commands) as Id[];

export const growthOfStacks: Scenario = {
    name: "growth-stacks",
    title: "Growth by clusters, a stack each",
    about: `
Ten stacks of the environment dev, as a fleet of clusters has them, beside the one that owns the repositories. The lab has one
cluster for all ten, **which they use in turn**: each is made from nothing and destroyed before the next. So this shows what
a stack costs with so many others in the backend and before it on GitHub, and not ten clusters at once; nothing of a stack is
shared with another but the two repositories, and their commands can run at the same time.`,
    minutes: { full: 24 },
    goals: [
        {
            text: "the tenth stack takes `up` at most 1.2 times as long as the first",
            of: "up-10",
            over: "up-1",
            atMost: 1.2,
        },
        {
            text: "a preview of the tenth stack asks GitHub no more than one of the first",
            of: "preview.reads-10",
            over: "preview.reads-1",
            atMost: 1,
        },
    ],
    charts: [
        { name: "seconds", title: "Seconds, by the number of stacks", of: { lines: groups.seconds, x: "stacks" } },
    ],
    run: (bench) => bench.repeated(() => measured(bench)),
};

async function measured(bench: Bench): Promise<Figure[]> {
    await bench.step("a new lab, with dev", async () => {
        await freshLab();
        await shell("pulumi up -y -s dev --skip-preview");
    });
    const figures: Figure[] = [];
    for (let at = 1; at <= Math.max(...reported); at++) {
        const stack = `dev-${at}`;
        await bench.step(`stack ${stack}`, () => init(stack));
        const of = await life(bench, at, stack);
        if (reported.includes(at)) figures.push(...of);
    }
    return figures;
}

async function life(bench: Bench, at: number, stack: string): Promise<Figure[]> {
    const file = stackFile(stack);
    const figures: Figure[] = [];
    let [engine, state] = [0, 0];
    const add = (id: string, group: keyof typeof groups, unit: Figure["unit"], [series, value]: [string, number]) =>
        figures.push({
            id: `${id}-${at}`,
            what: series,
            unit,
            values: [value],
            group: groups[group],
            point: { series, at },
        });
    for (const id of ids) {
        const [what, command] = commands[id];
        const line = `pulumi ${command} -s ${stack} --config-file ${file}`;
        const { value, use } = await withUse(() => counted(bench, `${stack}: ${what}`, () => shell(line)));
        engine = Math.max(engine, use.engine.memory);
        if (id === "preview") state = stateBytes(stack);
        add(id, "seconds", "s", [what, value.seconds]);
        add(`${id}.reads`, "requests", "requests", [`${what}: reads`, value.reads]);
        add(`${id}.writes`, "requests", "requests", [`${what}: writes`, value.writes]);
    }
    add("engine", "memory", "MiB", ["engine", engine]);
    add("state", "state", "KiB", ["in the backend's files", state / 1024]);
    return figures;
}

/** Elsewhere than in the checkout, as the lab makes its own: it would write the stack's salt into a stack file there. */
async function init(stack: string): Promise<void> {
    const directory = join(workDirectory, "stacks");
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "Pulumi.yaml"), stringify({ name: readProject().name, runtime: "nodejs" }));
    await shell(`pulumi stack init ${stack} --no-select --non-interactive`, undefined, directory);
}

/** Dev's on another cluster, as docs/clusters.md makes one. */
function stackFile(stack: string): string {
    const { config } = parse(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")) as { config: object };
    const changed = {
        ...config,
        "fluxcd:repositories": "lookup",
        "fluxcd:environment": "dev",
        "fluxcd:context": "production",
    };
    const file = join(workDirectory, `Pulumi.${stack}.yaml`);
    writeFileSync(file, stringify({ config: changed }));
    return file;
}

function stateBytes(stack: string): number {
    return statSync(join(labDirectory, "pulumi", ".pulumi", "stacks", readProject().name, `${stack}.json`)).size;
}
