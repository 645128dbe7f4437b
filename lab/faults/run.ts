import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../paths.ts";
import { pulumi, type Result, type Running } from "./engine.ts";
import type { Case } from "./cases.ts";
import { invariants, ownLogs, workloadsOf } from "./invariants.ts";
import { watch } from "./points.ts";
import type { Outcome } from "./results.ts";
import { restore } from "./states.ts";
import type { World } from "./world.ts";

const yes = ["-y", "--skip-preview"];

/** Strikes, fixes, and looks what has become of it. */
export async function runCase(world: World, each: Case): Promise<Outcome> {
    const start = performance.now();
    const { operation, fault, point } = each;
    await restore(operation.from);
    rmSync(ownLogs(world), { recursive: true, force: true });
    await settled(world, each);
    const workloadsBefore = await workloadsOf(world, operation.stack);
    const scene = { world, operation, point };
    const begin = (args: readonly string[]) => pulumi(world, args, operation);
    const env = await fault.environment?.(scene);

    const running = await struck(each, scene, () =>
        pulumi(world, [operation.command, ...yes], { ...operation, ...(env && { env }) }),
    );
    const result = await running.result;
    const reached = await running.reached;
    await fault.heal?.(scene);
    await world.heal();

    const runs: Result[] = [result];
    const again = async (...args: string[]) => {
        const next = await begin(args).result;
        runs.push(next);
        return next;
    };
    const violations: string[] = reached ? [] : ["the point was not reached"];
    const steps: string[] = [];
    const command = [operation.command, ...yes];
    let next = await again(...command);
    if (next.code !== 0 && next.output.includes("`pulumi cancel`")) {
        steps.push(`pulumi cancel -s ${operation.stack}`);
        await again("cancel", "-y");
        next = await again(...command);
    }
    if (next.code !== 0 && unheard.test(next.output)) {
        steps.push(`pulumi refresh -s ${operation.stack}`);
        await again("refresh", ...yes);
        next = await again(...command);
    }
    if (next.code !== 0) {
        violations.push(`the next ${operation.command} fails: ${firstError(next.output)}`);
        next = await again(...command);
        violations.push(next.code === 0 ? "the one after it converges" : `so does the one after it`);
    }
    if (next.code === 0 && operation.command === "up") {
        const last = await again("up", ...yes, "--expect-no-changes");
        if (last.code !== 0) violations.push(`a further up has changes: ${firstError(last.output)}`);
    }
    const printed = runs
        .map((run) => `${run.output}\n(exit code ${run.code ?? "none"}, ${run.seconds} s)\n`)
        .join("\n");
    const aftermath = { world, operation, printed, workloadsBefore };
    for (const { name, check } of invariants) {
        violations.push(...(await check(aftermath)).map((words) => `${name}: ${words}`));
    }
    if (result.code !== 0 && fault.says?.test(result.output) === false) {
        violations.push(`message: what it said has no ${fault.says}`);
    }
    if (violations.length > 0) writeFileSync(printedFile(each), printed);
    return {
        case: each.id,
        reached,
        failed: result.code !== 0,
        said: result.code === 0 || result.code === null ? "" : firstError(result.output),
        commands: [...steps, `pulumi ${operation.command} -s ${operation.stack}`],
        violations,
        seconds: Math.round((performance.now() - start) / 1000),
    };
}

/** What docs/troubleshooting.md says to refresh after: GitHub has deleted or made it, and the state has not heard of it. */
const unheard = /DELETE \S+: 404 Not Found|doesn't support update/;

/** Where the words of Pulumi are kept when something did not hold. */
export function printedFile({ id }: Pick<Case, "id">): string {
    return join(tmpdir(), `fluxcd-faults-${id.replaceAll("/", "-")}.log`);
}

type Struck = Running & { readonly reached: Promise<boolean> };

async function struck(
    { fault, point }: Case,
    scene: Parameters<NonNullable<Case["fault"]["strike"]>>[0],
    begin: () => Running,
): Promise<Struck> {
    const { world } = scene;
    if (fault.answer && point.kind === "request") {
        const { id } = await world.addFault({ match: point.match, skip: point.nth - 1, ...fault.answer });
        const running = begin();
        const reached = running.result.then(async () =>
            (await world.faults()).some((added) => added.id === id && added.struck > 0),
        );
        return { ...running, reached };
    }
    let running: Running | undefined;
    const ended = () => running?.ended() ?? false;
    if (point.kind === "request") {
        const { reached } = await watch(world, point, { events: "", ended });
        running = begin();
        return { ...running, reached: then(reached, running) };
    }
    running = begin();
    const { reached } = await watch(world, point, running);
    return { ...running, reached: then(reached, running) };

    async function then(reached: Promise<boolean>, command: Running): Promise<boolean> {
        if (!(await reached)) return false;
        await fault.strike?.(scene, command);
        return true;
    }
}

/** Waits until the lab runs what it ran when it was kept. */
async function settled(world: World, { operation }: Case): Promise<void> {
    if (operation.from === "nothing") return;
    const wanted = operation.from === "release" ? (["dev", "staging"] as const) : (["dev"] as const);
    const deadline = performance.now() + 120_000;
    interface Object {
        readonly metadata: { readonly name: string };
        readonly status?: { readonly conditions?: readonly { type: string; status: string }[] };
    }
    const lists = [
        ["/apis/apps/v1/namespaces/flux-system/deployments", "Available"],
        ["/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories", "Ready"],
        ["/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations", "Ready"],
    ] as const;
    for (;;) {
        const asked = wanted.flatMap((stack) =>
            lists.map(async ([path, condition]) => {
                const objects = await world.objects<Object>(stack, path);
                const isSo = ({ status }: Object) =>
                    status?.conditions?.some(({ type, status: is }) => type === condition && is === "True");
                return objects.length > 0 && objects.every(isSo);
            }),
        );
        if ((await Promise.all(asked)).every(Boolean)) return;
        if (performance.now() > deadline) throw new Error("The lab does not come back to what it was.");
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
}

/** What the engine, or the program through it, says first of what went wrong. */
export function firstError(output: string): string {
    const lines = output.split("\n").map((line) => line.trim());
    const found =
        lines.find((line) => /^error: (?!update failed|preview failed|destroy failed)/.test(line)) ??
        lines.find((line) => line.startsWith("error:"));
    const first = found ?? lines.findLast((line) => line !== "") ?? "nothing";
    return first.replaceAll(`${checkout}/`, "").slice(0, 300);
}
