import { readClusterUid, readKustomization } from "../../clients/cluster";
import { appliedFrom, neededBy } from "../../config/kustomizations";
import { outputsSchema } from "../../domain/outputs";
import { messageOf, type Problem } from "../../domain/problem";
import { releaseOf } from "../../domain/release";
import { healthyRuns } from "../../promotion/healthyRuns";
import { lostObjects } from "../release/overlayDiff";
import { foldersOf, originOf, sourceOf, type Stack } from "../release/plan";
import type { PerSource, Target } from "../release/targets";
import { problemsFound } from "../terminal/exit";
import type { Options } from "../terminal/options";
import { step } from "../terminal/progress";
import { stackHistory, stackOutputs } from "../tools/pulumi";
import { allOf, type Dependent, type InCluster, type Order, orderOf } from "./backOrder";

/**
 * The safe order of a rollback. Fails if there is none. Sends no requests unless other sources depend on one that is
 * rolled back.
 */
export async function safeOrder(stack: Stack, targets: PerSource<Target>, options: Options): Promise<Order> {
    const { sources, config } = stack;
    const bases = sources.filter(({ name }) => changes(stack, targets, name) && dependentsOf(name, stack).length > 0);
    if (options.infrastructureFirst || bases.length === 0) {
        return { now: targets, later: {}, notes: [] };
    }
    const found = bases.map(async ({ name }) => ({ name, order: await orderAround(name, stack, targets, options) }));
    const orders: Order[] = [];
    const refused: { name: string; problem: Problem }[] = [];
    for (const { name, order } of await Promise.all(found)) {
        if ("refused" in order) {
            refused.push({ name, problem: order.refused });
        } else {
            orders.push(order);
        }
    }
    if (refused.length > 0) {
        const names = refused.map(({ name }) => name).join(" and ");
        const problems = refused.map(({ problem }) => problem);
        throw problemsFound(`Stack ${config.stack} must not roll ${names} back now.`, problems);
    }
    return allOf(targets, orders);
}

/** Whether the commit of a source changes. */
function changes({ standings }: Stack, targets: PerSource<Target>, name: string): boolean {
    const [from, target] = [releaseOf(standings?.[name]), targets[name]];
    return from !== undefined && target !== undefined && from.commit !== target.commit;
}

async function orderAround(base: string, stack: Stack, targets: PerSource<Target>, options: Options) {
    const from = releaseOf(stack.standings?.[base]);
    const target = targets[base];
    const [lost, dependents] = await step(
        `Listing the objects that ${base} deletes`,
        Promise.all([
            options.diff && from && target ? lostBy(stack, base, from, target) : undefined,
            Promise.all(dependentsOf(base, stack).map((name) => dependentOf(name, stack, base, targets))),
        ]),
    );
    return orderOf({ stack: stack.name, prefix: stack.family.prefix, targets, base, dependents, lost });
}

/** The promoted sources with a Kustomization that depends on one of this source, directly or indirectly. */
function dependentsOf(source: string, { sources, config }: Stack): string[] {
    const { kustomizations } = config;
    const own = appliedFrom(kustomizations, source).map(({ name }) => name);
    const others = sources.filter(({ name }) => name !== source);
    return others.flatMap(({ name }) => {
        const needed = appliedFrom(kustomizations, name).flatMap((it) => neededBy(it.name, kustomizations));
        return own.some((each) => needed.includes(each)) ? [name] : [];
    });
}

async function dependentOf(name: string, stack: Stack, base: string, targets: PerSource<Target>): Promise<Dependent> {
    const standing = stack.standings?.[name];
    const own = targets[name]?.tag ?? releaseOf(standing)?.tag;
    const [cluster, together] = await Promise.all([
        inCluster(name, stack),
        ranTogether(stack, [base, targets[base]?.tag], [name, own]),
    ]);
    return { name, standing, cluster, together };
}

async function lostBy(stack: Stack, source: string, from: Target, to: Target): Promise<readonly string[] | undefined> {
    const origin = await originOf(stack, source);
    const revisions = { from: { ...from, ref: from.tag }, to: { ...to, ref: to.tag } };
    const folders = foldersOf(stack.config, source);
    return origin && lostObjects({ ...origin, ...revisions, folders, source: sourceOf(stack, source) });
}

/**
 * The state of a source in the cluster, from its first Kustomization that is not ready. Otherwise the reason it is not
 * known.
 */
async function inCluster(source: string, { name, config }: Stack): Promise<InCluster> {
    try {
        const { cluster } = outputsSchema.pick({ cluster: true }).parse(await stackOutputs(name));
        const [uid, ...live] = await Promise.all([
            readClusterUid(cluster.context),
            ...appliedFrom(config.kustomizations, source).map((it) => readKustomization(cluster.context, it.name)),
        ]);
        if (uid !== cluster.uid) {
            throw new Error(`context ${cluster.context} leads to another cluster`);
        }
        const states = live.map((it) => {
            const { lastAppliedRevision: applied, lastAttemptedRevision: attempted, conditions } = it?.status ?? {};
            const ready = conditions?.find(({ type }) => type === "Ready");
            return { applied, attempted, reason: ready?.reason, isReady: ready?.status === "True" };
        });
        const { isReady: _, ...state } = states.find(({ isReady }) => !isReady) ?? states[0] ?? nothing;
        return state;
    } catch (error) {
        return { unknown: messageOf(error) };
    }
}

const nothing = { applied: undefined, attempted: undefined, reason: undefined, isReady: false };

type Tagged = readonly [source: string, tag: string | undefined];

/** Whether an update of this stack left both releases healthy at the same time. */
async function ranTogether({ name, config }: Stack, [base, baseTag]: Tagged, [other, otherTag]: Tagged) {
    const place = { owner: config.github.owner, environment: config.environment };
    const updates = await stackHistory(name);
    return updates.some((update) => {
        const [one] = healthyRuns([update], config.stack, base, place);
        const [two] = healthyRuns([update], config.stack, other, place);
        return one?.tag === baseTag && two !== undefined && two.tag === otherTag;
    });
}
