// From the provider's configuration to one cluster.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter } from "node:path";
import type { Cluster as ClusterEntry, KubeConfig } from "@kubernetes/client-node";
import { equal, plain, unknown, type Value, type ValueMap } from "../values.ts";
import { enginesOwn, settingsOf, type Settings } from "./config.ts";

/** `kubeconfig` is a file's name or the text itself; without it the usual places count. */
export async function load(settings: Settings): Promise<KubeConfig> {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    const path = settings.kubeconfig.replace(/^~(?=\/)/, homedir());
    try {
        if (!path || isList(path)) config.loadFromDefault();
        else if (/[\n{]/.test(path)) config.loadFromString(path);
        else if (existsSync(path)) config.loadFromFile(path);
        else throw new Error(`${path}: no such file`);
    } catch (error) {
        throw new Error(`failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`- ${reasonOf(error)}`, {
            cause: error,
        });
    }
    choose(config, settings);
    return config;
}

// Such a list can only have come from KUBECONFIG, where the library looks itself.
const isList = (path: string) => path.includes(delimiter) && path === process.env.KUBECONFIG;

function choose(config: KubeConfig, { context, cluster }: Settings) {
    if (context) config.setCurrentContext(context);
    const current = config.getContextObject(config.getCurrentContext());
    if (!current) throw new Error(cannotLoad(`context "${config.getCurrentContext()}" does not exist`));
    if (cluster) {
        const others = config.getContexts().filter((other) => other !== current);
        config.contexts = [...others, { ...current, cluster }];
    }
    if (!config.getCurrentCluster())
        throw new Error(cannotLoad(`cluster "${cluster || current.cluster}" does not exist`));
}

const cannotLoad = (reason: string) =>
    "unable to load Kubernetes client configuration from kubeconfig file. Make sure you have: \n\n" +
    " \t • set up the provider as per " +
    `https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ \n\n ${reason}`;

/** What changed, and what of it means another cluster: then everything on the old one is replaced. */
export async function diffConfig(old: ValueMap, now: ValueMap): Promise<{ changed: string[]; replaces: string[] }> {
    const value = (config: ValueMap, name: string): Value => plain(config[name] ?? null);
    const changed = [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
        (name) => !enginesOwn.includes(name) && !equal(value(old, name), value(now, name)),
    );
    if (changed.includes("clusterIdentifier")) return { changed, replaces: ["clusterIdentifier"] };
    const pointers = changed.filter((name) => ["cluster", "context", "kubeconfig"].includes(name));
    if (now.clusterIdentifier !== undefined || pointers.length === 0) return { changed, replaces: [] };
    const another = pointers.some((name) => value(now, name) === unknown) || (await pointsElsewhere(old, now));
    return { changed, replaces: another ? pointers : [] };
}

async function pointsElsewhere(old: ValueMap, now: ValueMap): Promise<boolean> {
    const [before, after] = await Promise.all([old, now].map(activeCluster));
    return before !== undefined && after !== undefined && before.server !== after.server;
}

async function activeCluster(config: ValueMap): Promise<ClusterEntry | undefined> {
    try {
        return (await load(settingsOf(config))).getCurrentCluster() ?? undefined;
    } catch {
        // A kubeconfig that cannot be read says nothing about the cluster it pointed at.
        return undefined;
    }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
