import { cpSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../paths.ts";
import { shell } from "../shell.ts";
import { pushChange } from "./change.ts";
import { flux } from "./peer.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { devFromNothing, freshLab, workDirectory } from "./support.ts";

const figures = [
    ["webhook", "push to applied, with fluxcd:webhook.url", ["asked", "command"]],
    ["poll", "push to applied, by looking every minute", ["asked"]],
    ["asked", "the floor: Flux is asked at once, by kubectl annotate", []],
    ["command", "flux reconcile kustomization apps --with-source", []],
] as const;

const reconcile = {
    asked: () =>
        Promise.resolve(
            "kubectl --context dev -n flux-system annotate --overwrite gitrepository/apps reconcile.fluxcd.io/requestedAt=$(date +%s%N)",
        ),
    command: async () => `${await flux()} --context dev reconcile kustomization apps --with-source`,
};

export const push: Scenario = {
    name: "push",
    title: "Push to applied",
    about: `
From \`git push\` of another image to dev's Kustomization having applied it and found the workload healthy.

- **With the webhook** GitHub tells Flux.
- **By looking**, as without it: every minute, Flux's interval as the stack files leave it. Each push follows right after a
  look, so this is the longest that it takes; half a minute less is the mean.
- **The floor** tells Flux by hand, after the push: the annotation that the webhook's Receiver writes too.
- **flux reconcile** is what people type who have no webhook.`,
    minutes: { full: 5 },
    goals: [{ text: "with the webhook at most 1.2 times the floor", of: "webhook", over: "asked", atMost: 1.2 }],
    charts: [{ name: "seconds", title: "Push to applied", of: { bars: figures.map(([id]) => id) } }],
    async run(bench) {
        await bench.step("a new lab", freshLab);
        await bench.step("pulumi up -s dev", devFromNothing);
        const [asked, command] = await Promise.all([reconcile.asked(), reconcile.command()]);
        const byHand = await bench.interleaved([
            () => timed(bench, "asked", asked),
            () => timed(bench, "command", command),
            // After a look by hand, the next is a whole interval away.
            () => timed(bench, "poll"),
        ]);
        await bench.step("pulumi up -s dev, with a webhook", withWebhook);
        const hooked = await bench.interleaved([() => timed(bench, "webhook")]);
        const values: Record<string, number[]> = { ...byHand, ...hooked };
        return figures
            .filter(([id]) => id in values)
            .map(([id, what, beside]): Figure => ({
                id,
                what,
                unit: "s",
                values: values[id] ?? [],
                ...(beside.length > 0 && { beside }),
            }));
    },
};

async function timed(bench: Bench, id: string, tell?: string): Promise<Record<string, number>> {
    const seconds = await bench.seconds(figures.find((figure) => figure[0] === id)?.[1] ?? id, async () => {
        const { applied } = await pushChange();
        if (tell !== undefined) await shell(tell);
        await applied;
    });
    return { [id]: seconds };
}

async function withWebhook(): Promise<void> {
    const file = join(workDirectory, "Pulumi.dev.yaml");
    cpSync(join(checkout, "Pulumi.dev.yaml"), file);
    await shell(
        `pulumi config set -s dev --config-file ${file} --path fluxcd:webhook.url https://flux.dev.example.com`,
    );
    await shell(`pulumi up -y -s dev --skip-preview --config-file ${file}`);
}
