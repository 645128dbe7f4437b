import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { checkout } from "../paths.ts";
import { shell } from "../shell.ts";
import { readStatus } from "../status.ts";
import {
    kustomizations,
    makeRepository,
    type Phase,
    phases,
    prerequisites,
    pushVersion,
    repositoryName,
} from "./presetObjects.ts";
import { KustomizationsOf } from "./presetRequests.ts";
import { type Seen, untilAll } from "./presetWatch.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { freshLab, workDirectory } from "./support.ts";
import { highWaterMark } from "./use.ts";

/** `size` of `fluxcd:flux`, with how many Kustomizations it has reconciled at once. */
const presets = { none: 4, small: 5, medium: 10, large: 20 } as const;

type Preset = keyof typeof presets;
const names = Object.keys(presets) as Preset[];

const about = `
The shape of [flux-benchmark](https://github.com/fluxcd/flux-benchmark): Kustomizations that each apply a Deployment scaled to
zero, a Service, an Ingress and a ServiceAccount, and wait for them; here all from one source, and the Services headless.
Its published times for 100, 500 and 1000 of them, with Flux 2.9 on 16 cores and 20 at once, are 26 s, 2 min and 4 min
13 s, with 134, 183 and 223 MiB for kustomize-controller at the most.

The bench makes them by 20 requests at once, and has them reconciled so: kubectl sends five a second where it changes
something, and computes 60 ms for each object that it applies.

The controllers run with what \`size\` of \`fluxcd:flux\` sets; none is as Flux's release has them. **All of it shares two cores**
with the API server, etcd and the bench, and nothing holds the controllers to the CPU and memory limits of the presets: what
does more at once cannot be faster here where it only computes.`;

const for500 = ["none", "medium", "large"] as const;
const for1000 = ["none", "large"] as const;

const quick = ["install", "upgrade", "nothing"] as const;

export const presetsAt100: Scenario = {
    name: "presets",
    title: "Presets of Flux's controllers, 100 Kustomizations",
    about,
    minutes: { full: 18, short: 1 },
    goals: [],
    charts: [{ name: "install", title: `100 Kustomizations: ${phases.install}`, of: { bars: barsOf("install", 100) } }],
    run: (bench) => (bench.short ? measured(bench, 10, quick, ["large"]) : measured(bench, 100, quick)),
};

export const presetsWaiting: Scenario = {
    name: "presets-waiting",
    title: "Presets of Flux's controllers, 40 Kustomizations that take a while",
    about: `
As [with 100](#presets-of-fluxs-controllers-100-kustomizations), but each app has a pod, which must be ready for 5 s
(\`minReadySeconds\`) until its Deployment is. A worker of kustomize-controller waits for that and computes nothing, as for
image pulls and slow starts in a real cluster, so this shows what two cores do not.`,
    minutes: { full: 8 },
    goals: [
        {
            text: "40 slow apps are ready with `large` in at most half of the time without a preset",
            of: "slow-large-40",
            over: "slow-none-40",
            atMost: 0.5,
        },
    ],
    charts: [{ name: "slow", title: `40 Kustomizations: ${phases.slow}`, of: { bars: barsOf("slow", 40) } }],
    run: (bench) => measured(bench, 40, ["slow"]),
};

export const presetsAt500: Scenario = {
    name: "presets-500",
    title: "Presets of Flux's controllers, 500 Kustomizations",
    about: "As [with 100](#presets-of-fluxs-controllers-100-kustomizations), without the preset that is for fewer.",
    minutes: { full: 48 },
    goals: [],
    charts: [
        {
            name: "install",
            title: `500 Kustomizations: ${phases.install}`,
            of: { bars: barsOf("install", 500, for500) },
        },
    ],
    run: (bench) => measured(bench, 500, ["install", "nothing"], for500),
};

export const presetsAt1000: Scenario = {
    name: "presets-1000",
    title: "Presets of Flux's controllers, 1000 Kustomizations",
    about: "As [with 100](#presets-of-fluxs-controllers-100-kustomizations), without the presets that are for fewer.",
    minutes: { full: 50 },
    goals: [],
    charts: [
        {
            name: "install",
            title: `1000 Kustomizations: ${phases.install}`,
            of: { bars: barsOf("install", 1000, for1000) },
        },
    ],
    run: (bench) => measured(bench, 1000, ["install"], for1000),
};

function barsOf(phase: Phase, size: number, of: readonly Preset[] = names): string[] {
    return of.map((preset) => `${phase}-${preset}-${size}`);
}

async function measured(
    bench: Bench,
    size: number,
    asked: readonly Phase[],
    chosen: readonly Preset[] = names,
): Promise<Figure[]> {
    await bench.step("a new lab, with Flux on dev", async () => {
        await freshLab();
        await shell("pulumi up -y -s dev --skip-preview");
        await makeRepository();
    });
    const values = await bench.interleaved(
        chosen.map((preset) => (run) => once(bench, { preset, size, asked, namespace: `bench-${preset}-${run}` })),
    );
    const figures = (key: string, unit: Figure["unit"], group: string) =>
        chosen.map((preset): Figure => ({
            id: `${key}-${preset}-${size}`,
            what: `${preset}, ${presets[preset]} at once`,
            unit,
            values: values[`${key}-${preset}`] ?? [],
            group,
            ...(preset !== "none" && chosen.includes("none") && { beside: [`${key}-none-${size}`] }),
        }));
    return [
        ...asked.flatMap((phase) => figures(phase, "s", `${size} ${phases[phase]}`)),
        ...figures("memory", "MiB", `${size}: memory of kustomize-controller at the most`),
    ];
}

interface Once {
    readonly preset: Preset;
    readonly size: number;
    readonly asked: readonly Phase[];
    readonly namespace: string;
}

async function once(bench: Bench, { preset, size, asked, namespace }: Once): Promise<Record<string, number>> {
    await bench.step(`${preset}: the controllers`, () => install(preset));
    const values: Record<string, number> = {};
    for (const phase of asked) {
        const { begin, wanted } = await prepared(phase, namespace, size);
        values[`${phase}-${preset}`] = await bench.seconds(`${preset}: ${size} ${phases[phase]}`, async (progress) => {
            const all = untilAll({ namespace, size, wanted, progress });
            await begin();
            await all;
        });
    }
    values[`memory-${preset}`] = await memoryOf("kustomize-controller");
    await bench.step("taken away", () => takeAway(namespace, asked.includes("slow")));
    return values;
}

interface Prepared {
    readonly begin: () => Promise<unknown>;
    readonly wanted: (seen: Seen) => boolean;
}

async function prepared(phase: Phase, namespace: string, size: number): Promise<Prepared> {
    const kubectl = (command: string) => shell(`kubectl --context dev -n ${namespace} ${command}`);
    const all = new KustomizationsOf(namespace);
    const now = String(Date.now());
    switch (phase) {
        case "install":
        case "slow": {
            await kubectl(`apply --server-side -f ${written("source", prerequisites(namespace))}`);
            await kubectl(`wait --for=condition=Ready gitrepository/${repositoryName} --timeout=60s`);
            const made = kustomizations(namespace, size, phase === "slow" ? "slow" : "app");
            return { begin: () => all.make(made), wanted: ({ ready }) => ready };
        }
        case "upgrade": {
            let commit = "not pushed yet";
            const begin = async () => {
                commit = await pushVersion(now);
                await kubectl(`annotate gitrepository ${repositoryName} reconcile.fluxcd.io/requestedAt=${now}`);
            };
            return { begin, wanted: ({ ready, applied }) => ready && applied === `main@sha1:${commit}` };
        }
        case "nothing":
            return { begin: () => all.reconcile(now), wanted: ({ handled }) => handled === now };
    }
}

/** The controllers anew, with a preset of the program's. */
async function install(preset: Preset): Promise<void> {
    const { config } = parse(readFileSync(join(checkout, "Pulumi.dev.yaml"), "utf8")) as { config: object };
    const file = written("Pulumi.dev", {
        config: { ...config, "fluxcd:flux": preset === "none" ? {} : { size: preset } },
    });
    await shell(`pulumi up -y -s dev --skip-preview --config-file ${file}`);
    const deployments = "deployment/source-controller deployment/kustomize-controller";
    // So that every preset's memory is of processes that have done nothing yet.
    await shell(`kubectl --context dev -n flux-system rollout restart ${deployments}`);
    await shell(`kubectl --context dev -n flux-system rollout status deployment/source-controller --timeout=120s`);
    await shell(`kubectl --context dev -n flux-system rollout status deployment/kustomize-controller --timeout=120s`);
}

/** MiB that a controller on dev held at the most. */
async function memoryOf(deployment: string): Promise<number> {
    const { controllers } = await readStatus();
    const of = controllers.filter((it) => it.cluster === "dev" && it.deployment === deployment);
    return Math.max(0, ...of.map(({ pid }) => (pid === undefined ? 0 : highWaterMark(pid))));
}

/** What was applied stays, so that taking it away costs the next preset nothing; but pods, of which the node holds 110. */
async function takeAway(namespace: string, withPods: boolean): Promise<void> {
    const kubectl = (command: string) => shell(`kubectl --context dev -n ${namespace} ${command}`);
    await new KustomizationsOf(namespace).takeAway();
    await kubectl("delete gitrepository --all");
    if (!withPods) return;
    await kubectl(`delete --raw /apis/apps/v1/namespaces/${namespace}/deployments`);
    await kubectl("wait --for=delete pod --all --timeout=300s");
}

function written(name: string, content: object): string {
    mkdirSync(workDirectory, { recursive: true });
    const file = join(workDirectory, `${name}.yaml`);
    const documents = Array.isArray(content) ? (content as object[]) : [content];
    writeFileSync(file, documents.map((document) => stringify(document)).join("---\n"));
    return file;
}
