import { readClusterUid, readKustomization } from "../../clients/cluster";
import { healthyRuns } from "../../promotion/healthyRuns";
import { outputsSchema } from "../../promotion/evidence";
import { releaseOf } from "../../domain/release";
import { messageOf, type Problem } from "../../domain/problem";
import { type InCluster, orderOf, type Order } from "./backOrder";
import { problemsFound } from "../terminal/exit";
import type { Options } from "../terminal/options";
import { lostObjects } from "../release/overlayDiff";
import type { PerSource, Target } from "../release/targets";
import { step } from "../terminal/progress";
import { stackHistory, stackOutputs } from "../tools/pulumi";
import { originOf, overlayPath, type Stack } from "../release/plan";

/** In which order a rollback is safe. Ends the command where it is in none. Asks no one where the infrastructure stays. */
export async function safeOrder(stack: Stack, targets: PerSource<Target>, options: Options): Promise<Order> {
    const { infrastructure: target } = targets;
    const from = releaseOf(stack.standings?.infrastructure);
    if (!target || !from || from.commit === target.commit || options.infrastructureFirst) {
        return { now: targets, later: {}, notes: [] };
    }
    const standing = stack.standings?.apps;
    const [lost, apps, together] = await step(
        "Looking at what the infrastructure loses",
        Promise.all([
            options.diff ? lostBy(stack, from, target) : undefined,
            appsInCluster(stack),
            ranTogether(stack, target.tag, targets.apps?.tag ?? releaseOf(standing)?.tag),
        ]),
    );
    const order = orderOf({ stack: stack.name, prefix: stack.family.prefix, targets, standing, lost, apps, together });
    if ("refused" in order) {
        const refused: readonly Problem[] = [order.refused];
        throw problemsFound(`Stack ${stack.config.stack} must not take its infrastructure back now.`, refused);
    }
    return order;
}

async function lostBy(stack: Stack, from: Target, to: Target): Promise<readonly string[] | undefined> {
    const origin = await originOf(stack, "infrastructure");
    const revisions = { from: { ...from, ref: from.tag }, to: { ...to, ref: to.tag } };
    return origin && lostObjects({ ...origin, ...revisions, path: overlayPath(stack.config, "infrastructure") });
}

/** What Flux says of the apps there; why it is not known, where the cluster does not answer. */
async function appsInCluster({ name }: Stack): Promise<InCluster> {
    try {
        const { cluster } = outputsSchema.pick({ cluster: true }).parse(await stackOutputs(name));
        const [uid, apps] = await Promise.all([
            readClusterUid(cluster.context),
            readKustomization(cluster.context, "apps"),
        ]);
        if (uid !== cluster.uid) {
            throw new Error(`context ${cluster.context} leads to another cluster`);
        }
        const { lastAppliedRevision, lastAttemptedRevision, conditions } = apps?.status ?? {};
        const reason = conditions?.find(({ type }) => type === "Ready")?.reason;
        return { applied: lastAppliedRevision, attempted: lastAttemptedRevision, reason };
    } catch (error) {
        return { unknown: messageOf(error) };
    }
}

/** Whether an update of this stack left these two healthy beside each other. */
async function ranTogether({ name, config }: Stack, infrastructure: string, apps: string | undefined) {
    const place = { owner: config.github.owner, environment: config.environment };
    const updates = await stackHistory(name);
    return updates.some((update) => {
        const [one] = healthyRuns([update], config.stack, "infrastructure", place);
        const [other] = healthyRuns([update], config.stack, "apps", place);
        return one?.tag === infrastructure && other !== undefined && other.tag === apps;
    });
}
