import { shell } from "../shell.ts";
import { askedOf } from "./cluster.ts";
import { emptyProgram } from "./empty.ts";
import { literalProgram } from "./literal.ts";
import { observed } from "./observed.ts";
import { endPhase, phasesOf, unchangedPhases } from "./phases.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { countOf, forgetRequests, freshLab, requestFigures, requests } from "./support.ts";
import { unlogged } from "./unlogged.ts";
import { type Part, withUse } from "./use.ts";

const commands = [
    ["preview", "pulumi preview -s dev"],
    ["previewRefresh", "pulumi preview -s dev --refresh"],
    ["up", "pulumi up -s dev --skip-preview -y"],
    ["upRefresh", "pulumi up -s dev --skip-preview -y --refresh"],
    ["refresh", "pulumi refresh -s dev --skip-preview -y"],
] as const;

/** Ended by the engine's own word that nothing was to be done. */
const strictly = "--expect-no-changes";

const unloggedPreview = "pulumi preview -s dev, where Pulumi cannot write its log of every command";

/** Whose time on a core a preview takes. */
const parts: Readonly<Record<Part, string>> = {
    engine: "the engine",
    program: "the program",
    kubernetes: "the Kubernetes provider",
    github: "the GitHub provider",
    others: "the language host, and the providers for what is dynamic and random",
};
const partIds = Object.keys(parts) as Part[];

const shown = (command: string) => command.replace(" --skip-preview -y", "");

export const unchanged: Scenario = {
    name: "unchanged",
    title: "Nothing to do",
    about: `
The same stack again, with everything applied. The floor is a **literal program**: it registers the same resources, made
of the state, and neither reads nor checks anything. An **empty program** is the engine, its language host, and nothing
else. Requests to GitHub are those of the program and its provider; requests to the cluster are those for the kinds that
the program makes, as the API server counts them, dry runs as reads. Kubernetes clients besides the program's read
some of them too.`,
    minutes: { full: 4, short: 2 },
    goals: [
        {
            text: "preview in at most 3 s",
            of: "preview",
            atMost: 3,
            reason: (of) =>
                `Of ${of("preview").toFixed(1)} s the engine's start is ${of("preview.engine").toFixed(1)} s, ` +
                `the program and its checks ${of("preview.program").toFixed(1)} s, and the registration of every resource ` +
                `${of("preview.resources").toFixed(1)} s. Of both cores it takes ` +
                `${partIds.reduce((sum, part) => sum + of(`preview.${part}.processor`), 0).toFixed(1)} s, the program ` +
                `${of("preview.program.processor").toFixed(1)} s and the engine ` +
                `${of("preview.engine.processor").toFixed(1)} s of them. An empty program takes ${of("emptyPreview").toFixed(1)} s. ` +
                `Where Pulumi cannot write its log of every command, which it has no setting against, ` +
                `preview takes ${of("previewUnlogged").toFixed(1)} s. The literal program takes ${of("literalPreview").toFixed(1)} s.`,
        },
        ...(
            [
                ["preview", "literalPreview"],
                ["up", "literalUp"],
            ] as const
        ).map(([of, over]) => ({
            text: `${of} at most 1.25 times the literal program`,
            of,
            over,
            atMost: 1.25,
            reason: (of: (id: string) => number) =>
                `The program takes ${of("preview.program.processor").toFixed(1)} s of a core. A third of a second of it loads ` +
                `the Kubernetes client, ${of("preview.program").toFixed(1)} s pass before the first resource, and a core is idle then.`,
        })),
        { text: "no write, to GitHub or the cluster, by any of them", of: "writes", atMost: 0 },
        {
            text: "a preview reads no more from GitHub than a refresh",
            of: "preview.reads",
            over: "refresh.reads",
            atMost: 1,
        },
        { text: "an up reads no more from GitHub than a refresh", of: "up.reads", over: "refresh.reads", atMost: 1 },
    ],
    charts: [
        {
            name: "seconds",
            title: "Nothing to do",
            of: {
                bars: [
                    ...commands.map(([id]) => id),
                    "previewUnlogged",
                    "literalPreview",
                    "literalUp",
                    "emptyPreview",
                    "emptyUp",
                ],
            },
        },
    ],
    async run(bench) {
        await bench.step("a new lab", freshLab);
        const before = await askedOf("dev");
        await bench.step("pulumi up -s dev", () => shell("pulumi up -y -s dev --skip-preview"));
        // That later commands write nothing means something only where writes are seen.
        if ((await askedOf("dev")).writes === before.writes) throw new Error("The API server counts no writes.");
        const inEmpty = await bench.step("an empty program", emptyProgram);
        const inLiteral = await bench.step("a literal program", literalProgram);
        const floors = [
            ["literalPreview", "pulumi preview of the literal program", inLiteral(`${commands[0][1]} ${strictly}`)],
            ["literalUp", "pulumi up of the literal program", inLiteral(`${commands[2][1]} ${strictly}`)],
            ["emptyPreview", "pulumi preview of an empty program", inEmpty("pulumi preview -s dev")],
            ["emptyUp", "pulumi up of an empty program", inEmpty("pulumi up -s dev --skip-preview -y")],
        ] as const;
        const values = await bench.interleaved([
            ...commands.map(
                ([id, command]) =>
                    () =>
                        measured(bench, id, command),
            ),
            async () => ({
                previewUnlogged: await bench.seconds(unloggedPreview, () =>
                    unlogged(() => observed(`${commands[0][1]} ${strictly}`)),
                ),
            }),
            async () => {
                const { use } = await bench.step("pulumi preview -s dev, and what it computes", () =>
                    withUse(() => observed(`${commands[0][1]} ${strictly}`)),
                );
                return Object.fromEntries(partIds.map((part) => [`preview.${part}.processor`, use[part].processor]));
            },
            ...floors.map(([id, what, command]) => async () => ({
                [id]: await bench.seconds(what, () => observed(command)),
            })),
        ]);
        const of = (id: string) => values[id] ?? [];
        const floorOf = (id: string) => (id.startsWith("preview") ? "literalPreview" : "literalUp");
        const row = (id: string, what: string, group?: string): Figure => ({
            id,
            what,
            unit: "s",
            values: of(id),
            ...(group !== undefined && { group }),
        });
        const phases = [...unchangedPhases, endPhase];
        return [
            ...commands.map(([id, command]) => ({ ...row(id, shown(command)), beside: [floorOf(id)] })),
            { ...row("previewUnlogged", unloggedPreview), beside: ["preview"] },
            ...floors.map(([id, what]) => row(id, what)),
            ...commands.flatMap(([id, command]) => requestFigures(id, shown(command), of)),
            ...commands.flatMap(([id, command]) => clusterFigures(id, shown(command), of)),
            {
                id: "writes",
                what: "writes by all of them together",
                unit: "writes",
                values: of("preview.writes").map((_, run) => writesOf(values, run)),
                group: "Writes",
            },
            ...phases.map(({ id, what }) => row(`preview.${id}`, what, "Where the time of a preview goes")),
            ...partIds.map((part) =>
                row(`preview.${part}.processor`, parts[part], "Whose time on a core a preview takes"),
            ),
            ...phases.map(({ id, what }) => row(`up.${id}`, what, "Where the time of an up goes")),
        ];
    },
};

async function measured(bench: Bench, id: string, command: string): Promise<Record<string, number>> {
    await forgetRequests();
    const before = await askedOf("dev");
    const run = await bench.step(shown(command), () => observed(`${command} ${strictly}`));
    const after = await askedOf("dev");
    const { reads, writes } = countOf(await requests());
    const detailed = id === "preview" || id === "up";
    return {
        [id]: run.seconds,
        [`${id}.reads`]: reads,
        [`${id}.writes`]: writes,
        [`${id}.cluster.reads`]: after.reads - before.reads,
        [`${id}.cluster.writes`]: after.writes - before.writes,
        ...(detailed && phasesOf(id, unchangedPhases, run)),
    };
}

function clusterFigures(id: string, what: string, of: (id: string) => readonly number[]): Figure[] {
    return (["reads", "writes"] as const).map((series) => ({
        id: `${id}.cluster.${series}`,
        what: `${what}: ${series}`,
        unit: "requests",
        values: of(`${id}.cluster.${series}`),
        group: "Requests to the cluster",
        point: { series, at: what },
    }));
}

function writesOf(values: Record<string, number[]>, run: number): number {
    const ids = commands.flatMap(([id]) => [`${id}.writes`, `${id}.cluster.writes`]);
    return ids.reduce((sum, id) => sum + (values[id]?.[run] ?? 0), 0);
}
