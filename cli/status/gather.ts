import { GitHub } from "../../clients/github";
import { type SourceName, sourceNames } from "../../domain/release";
import { messageOf, type Problem } from "../../domain/problem";
import { CommandError } from "../terminal/exit";
import { entriesOf } from "../release/targets";
import { proposedTargets, upstreamFor } from "../promote/targets";
import { readSettings } from "../tools/pulumi";
import { readStack } from "../release/stack";
import { planOf } from "../release/plan";
import type { Config } from "../../config/parse";
import { assess, type Assessment } from "./assess";
import { type Credential, credentialsOf } from "./credentials";
import { type ClusterFacts, readCluster } from "./facts";

export interface EnvironmentStatus {
    readonly stack: string;
    readonly environment: string | undefined;
    readonly context: string | undefined;
    /** The stack whose releases it takes over. */
    readonly promotedFrom: string | undefined;
    /** What its cluster says, or why nothing is known of it. */
    readonly cluster: (Assessment & Pick<ClusterFacts, "kubernetes">) | { readonly unknown: string };
    /** What it is updated with and what Flux reads with; empty where its settings are not known. */
    readonly credentials: readonly Credential[];
    /** The release it could take next from the stack before it. Undefined where none comes before it. */
    readonly next: NextRelease | undefined;
}

/** What the stack before runs, and whether the gate lets it pass now. */
export type NextRelease =
    | { readonly from: string; readonly upToDate: true }
    | {
          readonly from: string;
          readonly upToDate: false;
          readonly tags: Readonly<Partial<Record<SourceName, string>>>;
          readonly refused: readonly Problem[];
      }
    | { readonly from: string; readonly unknown: string };

/** Everything known of one stack. Never fails: what cannot be known says why. */
export async function gather(stack: string, token: string): Promise<EnvironmentStatus> {
    let config: Config;
    try {
        ({ config } = await readSettings(stack));
    } catch (error) {
        const nothing = { environment: undefined, context: undefined, promotedFrom: undefined, next: undefined };
        return { ...nothing, stack, cluster: { unknown: firstLine(error) }, credentials: [] };
    }
    const { environment, context } = config;
    const github = token === "" ? undefined : new GitHub(config.github, token);
    const [cluster, credentials, next] = await Promise.all([
        clusterOf(config, github),
        credentialsOf({ stack, config, github, now: new Date() }),
        nextOf(stack, config, token),
    ]);
    return { stack, environment, context, promotedFrom: config.promotion.from, cluster, credentials, next };
}

/** Whether everything is as it should be; a token that only ends soon is not yet a fault. */
export function isHealthy({ cluster, credentials }: EnvironmentStatus): boolean {
    return "healthy" in cluster && cluster.healthy && credentials.every(({ state }) => state !== "ended");
}

/** In the order in which releases go through them: each after the one it takes them from. */
export function inOrder<T extends Pick<EnvironmentStatus, "stack" | "promotedFrom">>(environments: readonly T[]): T[] {
    const byStack = new Map(environments.map((it) => [it.stack, it]));
    const distance = ({ promotedFrom }: T, seen: number): number => {
        const before = byStack.get(promotedFrom ?? "");
        return before && seen < environments.length ? 1 + distance(before, seen + 1) : 0;
    };
    const distances = new Map(environments.map((it) => [it, distance(it, 0)]));
    return environments.toSorted(
        (a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0) || a.stack.localeCompare(b.stack),
    );
}

async function clusterOf(config: Config, github: GitHub | undefined): Promise<EnvironmentStatus["cluster"]> {
    try {
        const [facts, commits] = await Promise.all([readCluster(config), commitsOf(config, github)]);
        return { ...assess(config, facts, commits), kubernetes: facts.kubernetes };
    } catch (error) {
        return { unknown: `the cluster did not answer: ${firstLine(error)}` };
    }
}

/** The commits behind what a stack follows. A cluster can be judged without them, if less exactly. */
async function commitsOf(config: Config, github: GitHub | undefined): Promise<Record<SourceName, string | undefined>> {
    const commitOf = async (name: SourceName) => {
        const { repository, ref } = config[name];
        const found = github?.commit(repository, "tag" in ref ? `tags/${ref.tag}` : `heads/${ref.branch}`);
        return found?.catch(() => undefined);
    };
    const [infrastructure, apps] = await Promise.all(sourceNames.map(commitOf));
    return { infrastructure, apps };
}

async function nextOf(name: string, config: Config, token: string): Promise<EnvironmentStatus["next"]> {
    const { from } = config.promotion;
    if (from === undefined || config.tagPrefix === undefined) {
        return undefined;
    }
    if (token === "") {
        return { from, unknown: "GITHUB_TOKEN is missing" };
    }
    try {
        const stack = await readStack(name);
        const upstream = await upstreamFor(stack, sourceNames, undefined);
        const targets = await proposedTargets(stack, sourceNames, upstream, "minor");
        const plan = { command: "promote", targets, exemption: undefined, origin: undefined, diff: false } as const;
        const { report } = await planOf(stack, plan);
        const changes = entriesOf(report.sources).filter(([, { changes }]) => changes);
        const tags = Object.fromEntries(changes.map(([source, { to }]) => [source, to.tag]));
        return changes.length === 0
            ? { from, upToDate: true }
            : { from, upToDate: false, tags, refused: report.refused };
    } catch (error) {
        return { from, unknown: firstLine(error) };
    }
}

function firstLine(error: unknown): string {
    const [problem] = error instanceof CommandError ? error.problems : [];
    return problem ? `${problem.key}: ${problem.expected}` : messageOf(error);
}
