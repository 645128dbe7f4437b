import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import type { Context } from "./cluster";
import { variable } from "./lab";
import { scratch } from "./stack";

interface Kubeconfig {
    users: { name: string; user: object }[];
    clusters: { name: string; cluster: { server: string } }[];
    contexts: { name: string; context: { cluster: string; user: string } }[];
}

/** The lab's kubeconfig, with the context of one cluster leading to another one. */
export function kubeconfigPointing(from: Context, to: Context): string {
    return changed((kubeconfig) => {
        const context = (wanted: string) => kubeconfig.contexts.find(({ name }) => name === wanted);
        const [moved, target] = [context(from), context(to)];
        assert.ok(moved && target);
        moved.context = target.context;
    });
}

/** The lab's kubeconfig with more contexts that lead to a cluster. */
export function kubeconfigNaming(to: Context, names: readonly string[]): string {
    return changed((kubeconfig) => {
        const target = kubeconfig.contexts.find(({ name }) => name === to);
        assert.ok(target);
        kubeconfig.contexts.push(...names.map((name) => ({ ...target, name })));
    });
}

/** The lab's kubeconfig without one context, as someone has it who may not reach that cluster. */
export function kubeconfigWithout(context: Context): string {
    return changed((kubeconfig) => {
        const kept = kubeconfig.contexts.filter(({ name }) => name !== context);
        assert.equal(kept.length, kubeconfig.contexts.length - 1);
        kubeconfig.contexts = kept;
    });
}

/** The lab's kubeconfig, with one context's user known by this token alone. */
export function kubeconfigWithToken(context: Context, token: string): string {
    return changed((kubeconfig) => {
        const found = kubeconfig.contexts.find(({ name }) => name === context);
        assert.ok(found);
        found.context.user = "by-token";
        kubeconfig.users.push({ name: "by-token", user: { token } });
    });
}

/** The lab's kubeconfig with one cluster at another port of this machine. */
export function kubeconfigAtPort(context: Context, port: number): string {
    return changed((kubeconfig) => {
        serverOf(kubeconfig, context).server = `https://127.0.0.1:${port}`;
    });
}

/** The port of a cluster's API server. */
export function portOf(context: Context): number {
    const kubeconfig = parse(readFileSync(variable("KUBECONFIG"), "utf8")) as Kubeconfig;
    return Number(new URL(serverOf(kubeconfig, context).server).port);
}

function serverOf({ contexts, clusters }: Kubeconfig, context: Context): { server: string } {
    const wanted = contexts.find(({ name }) => name === context)?.context.cluster;
    const found = clusters.find(({ name }) => name === wanted);
    assert.ok(found);
    return found.cluster;
}

function changed(change: (kubeconfig: Kubeconfig) => void): string {
    const kubeconfig = parse(readFileSync(variable("KUBECONFIG"), "utf8")) as Kubeconfig;
    change(kubeconfig);
    const file = join(mkdtempSync(join(scratch, "kubeconfig-")), "config");
    writeFileSync(file, stringify(kubeconfig), { mode: 0o600 });
    return file;
}
