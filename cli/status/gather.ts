import { unanswered } from "../../clients/cluster";
import { GitHub } from "../../clients/github";
import { promotedSources } from "../../config/sources";
import { type Here, runsHere } from "../../domain/here";
import { messageOf, type Problem } from "../../domain/problem";
import { prefixOf, shortName } from "../../domain/stackName";
import { CommandError } from "../terminal/exit";
import { proposedTargets, upstreamFor } from "../promote/targets";
import { readSettings } from "../tools/pulumi";
import { readStack } from "../release/stack";
import { planOf } from "../release/plan";
import type { Config } from "../../config/parse";
import { assess, type Assessment } from "./assess";
import type { Promotion } from "../history/promotions";
import { type Credential, credentialsOf } from "./credentials";
import { type ClusterFacts, readCluster } from "./facts";
import { comparedWith, historyOf, type Releases, releasesIn } from "./releases";

export interface EnvironmentStatus {
    readonly stack: string;
    readonly environment: string | undefined;
    readonly context: string | undefined;
    /** The stack whose releases it takes. */
    readonly promotedFrom: string | undefined;
    /** The state of its cluster, or the reason it is not known. */
    readonly cluster: (Assessment & Pick<ClusterFacts, "kubernetes">) | { readonly unknown: string };
    /** The credentials of its updates and of Flux; empty if its settings are not known. */
    readonly credentials: readonly Credential[];
    /** What it runs of each promoted source; empty if its settings are not known. */
    readonly releases: Releases;
    /** Its last promotions, newest first. */
    readonly history: readonly Promotion[];
    /** The release that it could take next from the upstream stack; undefined if it has no upstream. */
    readonly next: NextRelease | undefined;
    /** The problems with its settings, or that it does not exist; undefined if it was read. */
    readonly problems?: readonly Problem[];
}

/** The upstream's release, and whether the gate would allow it now. */
export type NextRelease =
    | { readonly from: string; readonly upToDate: true }
    | {
          readonly from: string;
          readonly upToDate: false;
          readonly tags: Readonly<Record<string, string>>;
          readonly refused: readonly Problem[];
      }
    | { readonly from: string; readonly unknown: string };

/** All facts about the stacks, in promotion order. Never fails: an unknown fact has a reason instead. */
export async function gatherAll(stacks: readonly string[], token: string): Promise<EnvironmentStatus[]> {
    const found = await Promise.all(stacks.map((stack) => gathered(stack, token)));
    const alone = found.map(({ status }) => status);
    const compared = await Promise.all(found.map(({ status, ...asked }) => comparedWith(status, alone, asked)));
    return inOrder(compared.map((it, index) => shownHere(it, hereOf(it.stack, found[index]?.config))));
}

function hereOf(stack: string, config: Config | undefined): Here {
    return { stackPrefix: prefixOf(stack), githubBaseUrl: config?.github.baseUrl ?? "https://api.github.com/" };
}

interface Gathered {
    readonly status: EnvironmentStatus;
    readonly config: Config | undefined;
    readonly github: GitHub | undefined;
}

async function gathered(stack: string, token: string): Promise<Gathered> {
    let config: Config;
    try {
        ({ config } = await readSettings(stack));
    } catch (error) {
        const nothing = { environment: undefined, context: undefined, promotedFrom: undefined, next: undefined };
        const problems = error instanceof CommandError ? error.problems : [];
        const cluster = { unknown: firstLine(error) };
        const status = { ...nothing, stack, cluster, credentials: [], releases: {}, history: [], problems };
        return { status, config: undefined, github: undefined };
    }
    const { environment, context } = config;
    const github = token === "" ? undefined : new GitHub(config.github, token);
    const [cluster, credentials, next, promotions] = await Promise.all([
        clusterOf(config, github),
        credentialsOf({ stack, config, github, now: new Date() }),
        nextOf(stack, config, token),
        historyOf(stack, config),
    ]);
    const { from: promotedFrom } = config.promotion;
    const releases = releasesIn(config, "healthy" in cluster ? cluster : undefined, promotions);
    const history = promotions.slice(0, shownPromotions);
    const status = { stack, environment, context, promotedFrom, cluster, credentials, releases, history, next };
    return { status, config, github };
}

/** The number of promotions in a status; `npx fluxcd history` has all. */
const shownPromotions = 5;

/** Whether everything is healthy. A token that expires soon still counts as healthy. */
export function isHealthy({ cluster, credentials }: EnvironmentStatus): boolean {
    return "healthy" in cluster && cluster.healthy && credentials.every(({ state }) => state !== "ended");
}

/** Sorts environments in promotion order: each after its upstream. */
export function inOrder<T extends Pick<EnvironmentStatus, "stack" | "promotedFrom">>(environments: readonly T[]): T[] {
    // One of the two names may have an organization that the other leaves out.
    const byStack = new Map(environments.map((it) => [shortName(it.stack), it]));
    const distance = ({ promotedFrom }: T, seen: number): number => {
        const before = byStack.get(shortName(promotedFrom ?? ""));
        return before && seen < environments.length ? 1 + distance(before, seen + 1) : 0;
    };
    const distances = new Map(environments.map((it) => [it, distance(it, 0)]));
    return environments.toSorted(
        (a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0) || a.stack.localeCompare(b.stack),
    );
}

async function clusterOf(config: Config, github: GitHub | undefined): Promise<EnvironmentStatus["cluster"]> {
    try {
        const [facts, commits] = await Promise.all([readCluster(config.context), commitsOf(config, github)]);
        return { ...assess(config, facts, commits), kubernetes: facts.kubernetes };
    } catch (error) {
        return { unknown: unanswered(error) };
    }
}

/** The commits of the promoted sources on GitHub. Without them, the cluster is judged less precisely. */
async function commitsOf(config: Config, github: GitHub | undefined): Promise<Record<string, string | undefined>> {
    const found = promotedSources(config).map(async ({ name, repository, ref }) => {
        const fullRef = "tag" in ref ? `tags/${ref.tag}` : `heads/${ref.branch}`;
        return [name, await github?.commit(repository, fullRef).catch(() => undefined)] as const;
    });
    return Object.fromEntries(await Promise.all(found));
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
        const names = stack.sources.map((source) => source.name);
        const upstream = await upstreamFor(stack, names, undefined);
        const targets = await proposedTargets(stack, names, upstream, "minor");
        const plan = { command: "promote", targets, exemption: undefined, origin: undefined, diff: false } as const;
        const { report } = await planOf(stack, plan);
        const changes = Object.entries(report.sources).filter(([, { changes }]) => changes);
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

/** Each text in a value, with commands that run as printed. */
function shownHere<T>(value: T, here: Here): T {
    const shown = (part: unknown): unknown => {
        if (typeof part === "string") {
            return runsHere(part, here);
        }
        if (Array.isArray(part)) {
            return part.map(shown);
        }
        const isPlain = typeof part === "object" && part !== null && Object.getPrototypeOf(part) === Object.prototype;
        return isPlain ? Object.fromEntries(Object.entries(part).map(([name, it]) => [name, shown(it)])) : part;
    };
    return shown(value) as T;
}
