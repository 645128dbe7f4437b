import { cpSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../paths.ts";
import { shell } from "../shell.ts";
import { pushChange } from "./change.ts";
import { emptyProgram } from "./empty.ts";
import { observed } from "./observed.ts";
import { endPhase, phasesOf, promotionPhases } from "./phases.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { devFromNothing, freshLab, inEachRepository, workDirectory } from "./support.ts";

const releases = { before: "staging-v1.0.0", after: "staging-v1.1.0" } as const;

type Release = keyof typeof releases;

/** Of a promotion; a rollback goes the same way. */
const reason = (of: (id: string) => number) =>
    `The cluster's part, from the changed source to the last workload, is as long as the floor's: ` +
    `${(of("promotion.source") + of("promotion.applied")).toFixed(1)} s and ${of("patch").toFixed(1)} s. What comes on top of the ` +
    `engine's start is the program with its checks, ${of("promotion.program").toFixed(1)} s, and what of the stack is ` +
    `registered before the source, ${of("promotion.before").toFixed(1)} s.`;

export const promotion: Scenario = {
    name: "promotion",
    title: "Promotion and rollback",
    about: `
From the changed value to the last workload ready: staging takes a release of the apps that gives them another image, and
goes back to the one before.

- **Ours**: the tag in a stack file, and \`pulumi up -s staging\`, which checks on GitHub and in dev's
  state that the release may be taken, and ends when it is applied and healthy.
- **The floor**: \`kubectl patch\` of the tag in the same GitRepository, and \`kubectl wait\` for the Kustomization to have
  applied the same revision. Nothing is checked, and nobody but the cluster knows of it.
- **The engine's start** is \`pulumi up\` of an empty program.`,
    minutes: { full: 4 },
    goals: [
        {
            text: "promotion at most 1.2 times the floor, plus the engine's start",
            of: "promotion",
            less: "engine",
            over: "patch",
            atMost: 1.2,
            reason,
        },
        {
            text: "rollback at most 1.2 times the floor, plus the engine's start",
            of: "rollback",
            less: "engine",
            over: "patchBack",
            atMost: 1.2,
            reason,
        },
    ],
    charts: [
        {
            name: "seconds",
            title: "Promotion and rollback",
            of: { bars: ["promotion", "rollback", "patch", "patchBack", "engine"] },
        },
    ],
    async run(bench) {
        const revisions = await ready(bench);
        const inEmpty = await bench.step("an empty program", emptyProgram);
        const values = await bench.interleaved([
            () => ours(bench, "promotion", "after"),
            () => ours(bench, "rollback", "before"),
            () => floor(bench, "patch", "after", revisions),
            () => floor(bench, "patchBack", "before", revisions),
            async () => ({
                engine: await bench.seconds("pulumi up of an empty program", () =>
                    shell(inEmpty("pulumi up -s dev --skip-preview -y")),
                ),
            }),
        ]);
        const figure = (id: string, what: string, more: Partial<Figure> = {}): Figure => ({
            id,
            what,
            unit: "s",
            values: values[id] ?? [],
            ...more,
        });
        return [
            figure("promotion", "promotion by pulumi up", { beside: ["patch"] }),
            figure("rollback", "rollback by pulumi up", { beside: ["patchBack"] }),
            figure("patch", "the floor: kubectl patch to the new tag"),
            figure("patchBack", "the floor: kubectl patch back"),
            figure("engine", "the engine's start: pulumi up of an empty program"),
            ...[...promotionPhases, endPhase].map(({ id, what }) =>
                figure(`promotion.${id}`, what, { group: "Where the time of a promotion goes" }),
            ),
        ];
    },
};

/** Staging at the first of two releases, and dev having run both. */
async function ready(bench: Bench): Promise<Record<Release, string>> {
    const tagged = async (tag: string) => {
        await inEachRepository(`git fetch -q && git tag ${tag} origin/main && git push -q origin ${tag}`);
        return `${tag}@sha1:${await shell(`git rev-parse ${tag}`, undefined, join(workDirectory, "fluxcd-apps"))}`;
    };
    await bench.step("a new lab", freshLab);
    await bench.step("pulumi up -s dev", devFromNothing);
    const before = await tagged(releases.before);
    await bench.step("pulumi up -s staging", () => shell("pulumi up -y -s staging --skip-preview"));
    await bench.step("a change that dev applies", async () => {
        const { applied } = await pushChange();
        await shell(
            "kubectl --context dev -n flux-system annotate gitrepository apps reconcile.fluxcd.io/requestedAt=now",
        );
        await applied;
    });
    return { before, after: await tagged(releases.after) };
}

async function ours(bench: Bench, id: "promotion" | "rollback", release: Release): Promise<Record<string, number>> {
    const file = join(workDirectory, "Pulumi.staging.yaml");
    cpSync(join(checkout, "Pulumi.staging.yaml"), file);
    const set = [
        `fluxcd:sources.apps.tag ${releases[release]}`,
        ...(id === "rollback" ? ["fluxcd:sources.apps.rollback true", "fluxcd:sources.apps.reason measured"] : []),
    ];
    for (const setting of set) await shell(`pulumi config set -s staging --config-file ${file} --path ${setting}`);
    const run = await bench.step(`${id} by pulumi up`, () =>
        observed(`pulumi up -y -s staging --skip-preview --config-file ${file}`),
    );
    return { [id]: run.seconds, ...(id === "promotion" && phasesOf(id, promotionPhases, run)) };
}

async function floor(
    bench: Bench,
    id: string,
    release: Release,
    revisions: Record<Release, string>,
): Promise<Record<string, number>> {
    const patch = JSON.stringify({ spec: { ref: { tag: releases[release] } } });
    const flux = "kubectl --context staging -n flux-system";
    const seconds = await bench.seconds(`kubectl patch to ${releases[release]}`, () =>
        shell(
            `${flux} patch gitrepository apps --type merge -p '${patch}' && ` +
                `${flux} wait kustomization/apps --timeout=120s --for=jsonpath='{.status.lastAppliedRevision}'=${revisions[release]} && ` +
                `${flux} wait kustomization/apps --timeout=120s --for=condition=Ready`,
        ),
    );
    return { [id]: seconds };
}
