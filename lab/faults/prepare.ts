import { execa } from "execa";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pulumi, type Result, type Settings } from "./engine.ts";
import type { State } from "./operations.ts";
import { isKept, keep, restore } from "./states.ts";
import { owner, repositories, type Stack, type World } from "./world.ts";

/** The release that a promotion takes to staging. */
export const releaseTag = "staging-v1.1.0";

const webhooks = { "fluxcd:webhook": { url: "https://flux.dev.example.com" } };

/** How to come to each state from the one before it. */
const steps: readonly (readonly [State, (world: World) => Promise<void>])[] = [
    ["nothing", () => Promise.resolve()],
    [
        "dev",
        async (world) => {
            await mustUp(world, "dev", webhooks);
        },
    ],
    [
        "release",
        async (world) => {
            for (const repository of repositories) await tag(world, repository, "staging-v1.0.0");
            await mustUp(world, "staging");
            await releaseNext(world);
            // It waits until dev has applied what is promoted.
            await mustUp(world, "dev", { ...webhooks, "fluxcd:kustomizations": { apps: { interval: "4m" } } });
        },
    ],
];

/** Makes the states that are wanted, and keeps each. */
export async function prepare(world: World, wanted: readonly State[], log: (text: string) => void): Promise<void> {
    const last = Math.max(...wanted.map((name) => steps.findIndex(([state]) => state === name)));
    const missing = steps.findIndex(([state]) => !isKept(state));
    if (missing === -1 || missing > last) return;
    const [before] = steps[missing - 1] ?? [];
    if (before !== undefined) await restore(before);
    for (const [state, step] of steps.slice(missing, last + 1)) {
        log(`preparing the state ${state}`);
        await step(world);
        await keep(state);
    }
}

async function mustUp(world: World, stack: Stack, settings: Settings = {}): Promise<void> {
    const result = await pulumi(world, ["up", "-y", "--skip-preview"], { stack, settings }).result;
    if (result.code !== 0)
        throw new Error(`The lab cannot be prepared: pulumi up -s ${stack} failed.\n${tail(result)}`);
}

export function tail({ output }: Result): string {
    return output.slice(-4000);
}

async function tag(world: World, repository: string, name: string): Promise<void> {
    await inClone(world, repository, `git tag -a ${name} -m ${name} && git push -q origin ${name}`);
}

/** A change of the apps that reaches the workloads, and its tag. */
async function releaseNext(world: World): Promise<void> {
    const file = "apps/base/podinfo/deployment.yaml";
    await inClone(
        world,
        "fluxcd-apps",
        [
            `sed -i -E 's/(podinfo:)[0-9.]+/\\16.99.0/' ${file}`,
            "git commit -qam 'Take podinfo 6.99.0'",
            "git push -q origin HEAD:main",
            `git tag -a ${releaseTag} -m ${releaseTag}`,
            `git push -q origin ${releaseTag}`,
        ].join(" && "),
    );
}

async function inClone(world: World, repository: string, script: string): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), "fluxcd-faults-"));
    const [name, email] = ["A developer", "developer@example.com"];
    const env = {
        ...world.environment,
        GIT_AUTHOR_NAME: name,
        GIT_AUTHOR_EMAIL: email,
        GIT_COMMITTER_NAME: name,
        GIT_COMMITTER_EMAIL: email,
    };
    try {
        const url = `${world.variable("LAB_GITHUB_URL")}/${owner}/${repository}.git`;
        await execa("git", ["clone", "-q", url, "clone"], { cwd: directory, env });
        await execa("bash", ["-e", "-c", script], { cwd: join(directory, "clone"), env });
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}
