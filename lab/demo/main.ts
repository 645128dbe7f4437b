import Table from "cli-table3";
import { Command } from "commander";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { colors } from "../colors.ts";
import { type Environment, environments } from "../cluster/names.ts";
import { down } from "../down.ts";
import { checkout, labDirectory } from "../paths.ts";
import { say } from "../progress.ts";
import { up } from "../up.ts";
import { appliedRevision, type Running, running } from "./cluster.ts";
import { shell, until } from "../shell.ts";
import { Steps } from "../steps.ts";

const repositories = ["fluxcd-infrastructure", "fluxcd-apps"];
const tagPrefixes = { staging: "staging-v", production: "prod-v" } as const;
const image = /(podinfo:)\d+\.\d+\.\d+/;
const work = join(labDirectory, "demo");

const program = new Command("npm run demo --").description(
    "Shows the whole system at work in the lab: three environments from nothing, a change that reaches dev by itself, and its promotion to staging and production.",
);
program.option("--json", "the results as data, on standard output");
program.parse();

try {
    await demo(program.opts<{ json?: boolean }>());
} catch (error) {
    say(`${colors.red("✗")} ${error instanceof Error ? error.message : String(error)}`);
    say("The lab is left as it is: npm run lab -- status. The demo starts anew each time: npm run demo");
    process.exitCode = 1;
}

async function demo({ json }: { json?: boolean }): Promise<void> {
    const steps = new Steps();
    await steps.run("The lab, from nothing", async () => {
        await down();
        await up();
    });
    mkdirSync(work, { recursive: true });

    await steps.run("pulumi up -s dev, from nothing", (progress) => pulumiUp("dev", progress));
    await steps.run("The first releases: tags staging-v1.0.0 and prod-v1.0.0", async () => {
        for (const repository of repositories)
            await shell(`git clone -q $LAB_GITHUB_URL/misua/${repository}.git`, undefined, work);
        await release("1.0.0");
    });
    await steps.run("pulumi up -s staging", (progress) => pulumiUp("staging", progress));
    await steps.run("pulumi up -s production", (progress) => pulumiUp("production", progress));
    const before = await everywhere();

    const commit = await steps.run("A change pushed to main reaches dev by itself", async (progress) => {
        const pushed = await pushChange();
        progress(`waiting for Flux to apply ${pushed.slice(0, 8)}`);
        await until(`dev at ${pushed}`, 120, async () => (await appliedRevision("dev")).endsWith(pushed));
        return pushed;
    });
    const between = await everywhere();
    for (const environment of ["staging", "production"] as const) {
        const { ref, revision } = between[environment];
        const moved = revision !== before[environment].revision;
        if (moved) throw new Error(`${environment} moved to ${revision} although its tag did not change`);
        say(`  ${environment} stands still at ${ref}`);
    }

    await steps.run("The next releases: tags staging-v1.1.0 and prod-v1.1.0", () => release("1.1.0"));
    await steps.run("Production refuses 1.1.0, as staging has not run it", () => refused("production", "1.1.0"));
    for (const environment of ["staging", "production"] as const) {
        const title = `Promotion of ${environment}: one changed value, pulumi up`;
        await steps.run(title, (progress) => promote(environment, "1.1.0", commit, progress));
    }
    await steps.run("Production's autoscaler has its three replicas", () =>
        until("three replicas ready", 120, async () => (await running("production")).replicas === "3"),
    );
    const after = await everywhere();
    if (json) console.log(JSON.stringify({ steps: steps.taken, before, between, after }, undefined, 2));
    else report(steps, after);
}

/** Tags what main is now as a release of both environments, in both repositories. */
async function release(version: string): Promise<void> {
    for (const repository of repositories) {
        for (const prefix of Object.values(tagPrefixes)) {
            const tag = `${prefix}${version}`;
            const author = "-c user.name=demo -c user.email=demo@example.com";
            await shell(
                `git ${author} tag -a ${tag} -m ${tag} origin/main && git push -q origin ${tag}`,
                undefined,
                join(work, repository),
            );
        }
    }
}

/** Gives the example app another image, on main. */
async function pushChange(): Promise<string> {
    const file = "apps/base/podinfo/deployment.yaml";
    const folder = join(work, "fluxcd-apps");
    const { readFile, writeFile } = await import("node:fs/promises");
    const manifest = await readFile(join(folder, file), "utf8");
    await writeFile(join(folder, file), manifest.replace(image, "$16.99.0"));
    const author = "-c user.name=demo -c user.email=demo@example.com";
    await shell(`git ${author} commit -qam "Take podinfo 6.99.0" && git push -q origin main`, undefined, folder);
    return shell("git rev-parse HEAD", undefined, folder);
}

/** Changes the tag in a copy of the stack file, so that the checkout stays as it is. */
async function promote(
    environment: keyof typeof tagPrefixes,
    version: string,
    commit: string,
    progress: (detail: string) => void,
): Promise<void> {
    const { tag, file } = await withTag(environment, version);
    await pulumiUp(environment, progress, `--config-file ${file}`);
    const applied = await appliedRevision(environment);
    if (applied !== `${tag}@sha1:${commit}`)
        throw new Error(`${environment} applied ${applied}, not ${tag} at ${commit}`);
}

/** A preview of a release that the environment before has not run. */
async function refused(environment: keyof typeof tagPrefixes, version: string): Promise<void> {
    const { file } = await withTag(environment, version);
    const preview = shell(`pulumi preview -s ${environment} --non-interactive --config-file ${file}`);
    const words = await preview.then(
        () => "nothing was refused",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const refusal = /never-applied: .*/.exec(words)?.[0];
    if (refusal === undefined) throw new Error(`${environment} did not refuse ${version}: ${words}`);
    say(`  ${refusal}`);
}

async function withTag(environment: keyof typeof tagPrefixes, version: string): Promise<{ tag: string; file: string }> {
    const file = join(work, `Pulumi.${environment}.yaml`);
    cpSync(join(checkout, `Pulumi.${environment}.yaml`), file);
    const tag = `${tagPrefixes[environment]}${version}`;
    await shell(`pulumi config set -s ${environment} --config-file ${file} --path fluxcd:sources.apps.tag ${tag}`);
    return { tag, file };
}

async function pulumiUp(stack: Environment, progress: (detail: string) => void, options = ""): Promise<void> {
    let done = 0;
    await shell(`pulumi up -y -s ${stack} --non-interactive --skip-preview ${options}`, (line) => {
        const [, resource] = /^ [ +~-]+ +\S+ (\S+) (?:created|updated|deleted)/.exec(line) ?? [];
        if (resource !== undefined) progress(`${++done} done, last ${resource}`);
    });
}

async function everywhere(): Promise<Record<Environment, Running>> {
    const found = await Promise.all(environments.map(async (name) => [name, await running(name)] as const));
    return Object.fromEntries(found) as Record<Environment, Running>;
}

function report(steps: Steps, after: Record<Environment, Running>): void {
    const plain = { style: { head: [], border: [] } };
    const what = new Table({ head: ["environment", "follows", "applied", "ready", "podinfo"], ...plain });
    for (const [environment, { ref, revision, ready, replicas, image: runs }] of Object.entries(after)) {
        const commit = revision.split(":")[1]?.slice(0, 8) ?? revision;
        what.push([environment, ref, commit, ready, `${replicas} × ${runs.split(":")[1] ?? runs}`]);
    }
    const times = new Table({ head: ["step", "seconds"], colAligns: ["left", "right"], ...plain });
    for (const { title, seconds } of steps.taken) times.push([title, seconds.toFixed(1)]);
    times.push(["in all", steps.taken.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1)]);
    console.log(`${what.toString()}\n${times.toString()}`);
    say("The lab is still up. Look around: source .lab/env.sh && kubectl --context dev get kustomizations -A");
    say(
        "The stack files here still have 1.0.0: the demo promoted with copies, and npx fluxcd status shows the difference.",
    );
    say("Take it down: npm run lab -- down");
}
