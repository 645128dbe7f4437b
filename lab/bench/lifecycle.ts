import { shell } from "../shell.ts";
import { type Bench, type Figure, type Scenario } from "./scenario.ts";
import { counted, freshLab, inEachRepository, memoryOfTheLab, requestFigures } from "./support.ts";

const commands = [
    ["first", "pulumi up -s dev, from nothing", "pulumi up -y -s dev --skip-preview"],
    ["second", "pulumi up -s dev, again", "pulumi up -y -s dev --skip-preview --expect-no-changes"],
    ["preview", "pulumi preview -s dev", "pulumi preview -s dev --expect-no-changes"],
    ["refresh", "pulumi refresh -s dev", "pulumi refresh -y -s dev --skip-preview --expect-no-changes"],
    ["tags", "tags of the first release, pushed to both repositories", ""],
    ["staging", "pulumi up -s staging, from nothing", "pulumi up -y -s staging --skip-preview"],
    ["stagingPreview", "pulumi preview -s staging", "pulumi preview -s staging --expect-no-changes"],
    ["destroy", "pulumi destroy -s staging", "pulumi destroy -y -s staging --skip-preview"],
] as const;

export const lifecycle: Scenario = {
    name: "lifecycle",
    title: "A stack's life",
    about: `
Every command that people run, one after the other in a new lab, and what each asks of GitHub: requests to the API, and
the program's own push. What Flux asks of git is not counted.`,
    minutes: { full: 6 },
    goals: [],
    charts: [{ name: "seconds", title: "A stack's life", of: { bars: commands.map(([id]) => id) } }],
    async run(bench) {
        const values = await bench.interleaved([() => life(bench)]);
        const of = (id: string) => values[id] ?? [];
        return [
            ...commands.map(([id, what]): Figure => ({ id, what, unit: "s", values: of(id) })),
            ...commands.flatMap(([id, what]) => requestFigures(id, what, of)),
            { id: "memory", what: "the lab, with Flux on dev", unit: "MiB", values: of("memory"), group: "Memory" },
        ];
    },
};

async function life(bench: Bench): Promise<Record<string, number>> {
    await bench.step("the lab, from nothing", freshLab);
    const values: Record<string, number> = {};
    for (const [id, what, command] of commands) {
        const { seconds, reads, writes } = await counted(bench, what, () =>
            id === "tags"
                ? inEachRepository("git tag staging-v1.0.0 && git push -q origin staging-v1.0.0")
                : shell(command),
        );
        Object.assign(values, { [id]: seconds, [`${id}.reads`]: reads, [`${id}.writes`]: writes });
    }
    return { ...values, memory: await memoryOfTheLab() };
}
