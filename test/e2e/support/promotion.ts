import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Context, contents, get } from "./cluster";
import { assertNoWrites, standIn, traffic } from "./github";
import type { Clone } from "./git";
import { variable } from "./lab";
import { report } from "./report";
import { type Options, type Result, tail } from "./run";
import { configFile, mustPulumi, pulumi } from "./stack";

export interface Wanted {
    /** What differs from the committed stack file in the two sources, and beside them. */
    readonly infrastructure?: object;
    readonly apps?: object;
    /** By path. */
    readonly set?: Record<string, unknown>;
    /** Further arguments of the command, such as `--target`. */
    readonly args?: readonly string[];
}

/** Arguments that tell a stack what to stand on; everything else is as committed. */
export function standing(stack: Context, { infrastructure = {}, apps = {}, set = {}, args = [] }: Wanted): string[] {
    const changed = { "fluxcd:sources.infrastructure": infrastructure, "fluxcd:sources.apps": apps };
    return ["--config-file", configFile(stack, set, changed), ...args];
}

/** Without a stack before it: only what the stack itself stands on decides. */
export const alone = { "fluxcd:promotion.from": undefined };

/** Both repositories at one version. */
export function both(tag: string) {
    return { infrastructure: { tag }, apps: { tag } } satisfies Wanted;
}

/** What a refused run must leave as it was: the stack's state, and what is meant to be in its cluster. */
export async function touched(stack: Context): Promise<unknown> {
    const directory = fileURLToPath(variable("PULUMI_BACKEND_URL"));
    const file = join(directory, ".pulumi", "stacks", "fluxcd", `${stack}.json`);
    // Every run encrypts the same secrets anew.
    const withoutCiphertext = (key: string, value: unknown) => (key === "ciphertext" ? "" : value);
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8"), withoutCiphertext) as {
        checkpoint: { latest: { resources: unknown[]; pending_operations?: unknown[] } };
    };
    const { resources, pending_operations: pending = [] } = checkpoint.latest;
    assert.ok(resources.length > 0, `${file} has no resources`);
    return { resources, pending, contents: await contents(stack) };
}

/** Runs an update that must be refused in these words, and must have touched nothing. */
export async function assertRefused(
    stack: Context,
    wanted: Wanted,
    says: readonly string[],
    options?: Options,
): Promise<Result> {
    const before = await touched(stack);
    await standIn.forget();
    // Without the preview in front: what refuses here is the update itself.
    const result = await pulumi("up -y --skip-preview", stack, standing(stack, wanted), options);
    assert.notEqual(result.code, 0, tail(result.output));
    assertSays(result, [...says, "Nothing was touched"]);
    await assertNoWrites();
    assert.deepEqual(await touched(stack), before);
    return result;
}

export function assertSays({ output }: Pick<Result, "output">, says: readonly string[]): void {
    for (const words of says) {
        assert.ok(output.includes(words), `"${words}" is not in the output:\n${tail(output)}`);
    }
}

interface Deployment {
    readonly status: {
        readonly conditions: readonly {
            readonly type: string;
            readonly reason: string;
            readonly lastUpdateTime: string;
        }[];
    };
}

/** Promotes with one `pulumi up`, and reports how long it takes until podinfo runs it, and what it asks of GitHub. */
export async function promote(stack: Context, wanted: Wanted): Promise<void> {
    await standIn.forget();
    const start = Date.now();
    const { seconds } = await mustPulumi("up -y", stack, standing(stack, wanted));
    const { reads, writes } = await traffic();
    assert.deepEqual(writes, []);
    const { status } = await get<Deployment>(stack, "-n", "podinfo", "deployment", "podinfo");
    const progressing = status.conditions.find(({ type }) => type === "Progressing");
    assert.equal(progressing?.reason, "NewReplicaSetAvailable");
    // Kubernetes writes whole seconds.
    const ready = (Date.parse(progressing.lastUpdateTime) + 1000 - start) / 1000;
    assert.ok(
        ready > 0 && ready <= seconds + 1,
        `the workload is ready after ${ready} s, and up ends after ${seconds} s`,
    );
    report(`promotion of ${stack}, until podinfo is ready`, ready, `up ends after ${seconds.toFixed(1)} s`);
    report(`promotion of ${stack}, up with its preview`, seconds, `GitHub: ${reads} reads, ${writes.length} writes`);
}

/** A commit on main that every overlay is built on. */
export async function release(clone: Clone, name: string): Promise<string> {
    clone.edit("apps/base/podinfo/kustomization.yaml", (text) =>
        text.replace(/(\n {6}- RELEASE=.*)?(\n {6}- LOG_LEVEL=)/, `\n      - RELEASE=${name}$2`),
    );
    return clone.push(`Release ${name}`);
}

/** A commit that is on no branch, so that dev never applies it, and its tag. */
export async function releaseAside(clone: Clone, tag: string, start = "HEAD"): Promise<string> {
    await clone.git("checkout", "--quiet", "--detach", start);
    clone.write("aside.txt", `${tag}\n`);
    await clone.git("add", "--all");
    await clone.git("commit", "--quiet", "-m", `Release ${tag} aside`);
    await clone.tag(tag);
    const commit = await clone.head();
    await clone.git("checkout", "--quiet", "main");
    return commit;
}

/** What podinfo runs of a release. */
export async function runningRelease(context: Context): Promise<string | undefined> {
    interface Pods {
        spec: { template: { spec: { containers: { envFrom?: { configMapRef?: { name: string } }[] }[] } } };
    }
    const { spec } = await get<Pods>(context, "-n", "podinfo", "deployment", "podinfo");
    const name = spec.template.spec.containers.flatMap(({ envFrom = [] }) => envFrom)[0]?.configMapRef?.name ?? "";
    const { data } = await get<{ data: Record<string, string> }>(context, "-n", "podinfo", "configmap", name);
    return data.RELEASE;
}
