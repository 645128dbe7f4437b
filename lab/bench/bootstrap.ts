import { shell } from "../shell.ts";
import { askAgain, applyAgain, type Made, prepare, whatWasMade } from "./floor.ts";
import { observed } from "./observed.ts";
import { allReady, bootstrapCommand, flux, makeFleet } from "./peer.ts";
import { bootstrapPhases, endPhase, phasesOf } from "./phases.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { devFromNothing, forgetRequests, freshLab, workDirectory } from "./support.ts";

const pauseMs = 1000;

type Values = Record<string, number>;

const sides = [
    ["up", "pulumi up -s dev", ["floor", "floorPaused", "flux", "fluxReady"]],
    ["upUnpaused", "pulumi up -s dev, without the pause", ["floor", "flux", "fluxReady"]],
    ["floor", "the floor", []],
    ["floorPaused", "the floor, with the pause", []],
    ["flux", "flux bootstrap git", []],
    ["fluxReady", "flux bootstrap git, until all Kustomizations are ready", []],
    ["install", "flux install", []],
] as const;

const floorParts = [
    ["floor.github", "the same calls to GitHub, one after the other"],
    ["floor.cluster", "the same objects by kubectl apply --server-side, and the same conditions"],
] as const;

export const bootstrap: Scenario = {
    name: "bootstrap",
    title: "From nothing to applied",
    about: `
A new cluster and a GitHub where nothing is, until the controllers are available and all Kustomizations have applied
what main has and found it healthy.

- **Ours**: \`pulumi up -s dev\` makes two repositories with content, protection, tag rules and deploy
  keys, Flux, and the objects of the two sources.
- **The floor** makes the same without Pulumi: every call to GitHub that the run before it made, by \`fetch\` one after the
  other, and each object of its state by \`kubectl apply --server-side\`, with the waits that the order needs. It decides
  nothing, checks nothing beforehand and remembers nothing.
- **The pause**: GitHub asks for [a second between
  writes](https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#pause-between-mutative-requests),
  and the program keeps to it (\`github:writeDelayMs\`). So ours is also measured without, and the floor also with it.
- **flux bootstrap git**, the flux command of the same release, installs the same controllers, commits them to a
  repository that is there already with the same workloads, and makes one source. It makes no repository, no protection
  and no key, and ends when its own Kustomization is ready; the workloads' are ready later. That is the other figure.
- **flux install** installs the controllers and waits for them, and nothing else.`,
    minutes: { full: 10, short: 2 },
    goals: [
        {
            text: "at most 1.5 times the floor",
            of: "up",
            over: "floor",
            atMost: 1.5,
            reason: (of) =>
                `${seconds(of("up") - of("upUnpaused"))} of it are the provider's pauses, with which it spares GitHub: ` +
                `without them it takes ${times(of("upUnpaused"), of("floor"))}, and with them the floor ${seconds(of("floorPaused"))}. ` +
                `${seconds(of("up.engine") + of("up.program"))} pass before anything is made, and ${seconds(of("up.crds"))} with the CRDs, ` +
                "whose resources the program registers while it makes them.",
        },
        { text: "not slower than flux bootstrap git to the same end", of: "up", over: "fluxReady", atMost: 1 },
        {
            text: "not slower than flux bootstrap git to its own end",
            of: "up",
            over: "flux",
            atMost: 1,
            reason: (of) =>
                "It ends before the workloads are ready, and makes neither repositories nor rules nor keys: the calls for those " +
                `take ${seconds(of("floorPaused") - of("floor") + of("floor.github"))} with the pauses, and the wait for the workloads ` +
                `${seconds(of("up.infrastructure") + of("up.apps"))}. To the same end it takes ${seconds(of("fluxReady"))}, because ` +
                "Flux looks only every half minute whether what a Kustomization depends on is ready (`--requeue-dependency`).",
        },
    ],
    charts: [{ name: "seconds", title: "From nothing to applied", of: { bars: sides.map(([id]) => id) } }],
    async run(bench) {
        const executable = await flux();
        let made: Made | undefined;
        const values = await bench.interleaved([
            async () => {
                const ours = await up(bench);
                made = ours.made;
                return ours.values;
            },
            () => byHand(bench, made),
            ...(bench.short ? [] : [() => upUnpaused(bench)]),
            () => fluxBootstrap(bench, executable),
            ...(bench.short ? [] : [() => fluxInstall(bench, executable)]),
        ]);
        const of = (id: string) => values[id] ?? [];
        return [
            ...sides
                .filter(([id]) => id in values)
                .map(([id, what, others]): Figure => {
                    const beside = others.filter((other) => other in values);
                    return { id, what, unit: "s", values: of(id), ...(beside.length > 0 && { beside }) };
                }),
            ...[...bootstrapPhases, endPhase].map(({ id, what }): Figure => ({
                id: `up.${id}`,
                what,
                unit: "s",
                values: of(`up.${id}`),
                group: "Where the time of pulumi up goes",
            })),
            ...floorParts.map(([id, what]): Figure => ({
                id,
                what,
                unit: "s",
                values: of(id),
                group: "Where the time of the floor goes",
            })),
        ];
    },
};

function seconds(value: number): string {
    return `${value.toFixed(1)} s`;
}

function times(value: number, floor: number): string {
    return `${(value / floor).toFixed(2)} times the floor`;
}

async function up(bench: Bench): Promise<{ values: Values; made: Made }> {
    await bench.step("a new lab", freshLab);
    await forgetRequests();
    const run = await bench.step("pulumi up -s dev", () => observed("pulumi up -y -s dev --skip-preview"));
    return {
        values: { up: run.seconds, ...phasesOf("up", bootstrapPhases, run) },
        made: await bench.step("what it made", () => whatWasMade("dev")),
    };
}

/** What is left of it where GitHub were not to be spared. */
async function upUnpaused(bench: Bench): Promise<Values> {
    await bench.step("a new lab", freshLab);
    return { upUnpaused: await bench.seconds("pulumi up -s dev, without the pause", devFromNothing) };
}

async function byHand(bench: Bench, made: Made | undefined): Promise<Values> {
    if (made === undefined) throw new Error("Nothing has been made yet.");
    await bench.step("a new lab", async () => {
        await freshLab();
        await prepare(made);
    });
    let github = 0;
    const paused = await bench.seconds("the floor: GitHub", async () => {
        github = await askAgain(made, bench.short ? 0 : pauseMs);
    });
    const cluster = await bench.seconds("the floor: kubectl", () => shell(applyAgain, undefined, workDirectory));
    return {
        floor: github + cluster,
        ...(!bench.short && { floorPaused: paused + cluster }),
        "floor.github": github,
        "floor.cluster": cluster,
    };
}

async function fluxBootstrap(bench: Bench, executable: string): Promise<Values> {
    await bench.step("a new lab", async () => {
        await freshLab();
        await makeFleet();
    });
    const seconds = await bench.seconds("flux bootstrap git", () => shell(bootstrapCommand(executable)));
    if (bench.short) return { flux: seconds };
    const more = await bench.seconds("all Kustomizations ready", () => shell(allReady));
    return { flux: seconds, fluxReady: seconds + more };
}

async function fluxInstall(bench: Bench, executable: string): Promise<Values> {
    await bench.step("a new lab", freshLab);
    return { install: await bench.seconds("flux install", () => shell(`${executable} --context=dev install`)) };
}
