// What being ready means for the kinds that Kubernetes itself runs; the others are ready at once.
import { equal, isMap, text, type ValueMap } from "../../values.ts";
import { at, listAt, mapAt, numberAt, textAt } from "../object.ts";
import { isBehind, type Condition, type Verdict } from "./conditions.ts";

const conditionsOf = (object: ValueMap): ValueMap[] => listAt(object, "status", "conditions").filter(isMap);
const conditionOf = (object: ValueMap, type: string): ValueMap =>
    conditionsOf(object).find((one) => one.type === type) ?? {};
const count = (object: ValueMap, field: string): number => numberAt(object, "status", field) ?? 0;

const not = (message: string): Verdict => ({ ready: false, message });
const explain = ({ reason, message }: ValueMap, fallback: string): Verdict =>
    reason ? { ready: false, message: `[${text(reason)}] ${text(message)}`, severity: "warning" } : not(fallback);

const phase =
    (...wanted: string[]): Condition =>
    (object) => {
        const current = textAt(object, "status", "phase");
        return wanted.includes(current)
            ? { ready: true }
            : not(`Phase is ${current || "unknown"}, want ${wanted.join(" or ")}`);
    };

const condition =
    (type: string): Condition =>
    (object) => {
        const found = conditionOf(object, type);
        return found.status === "True" ? { ready: true } : not(text(found.message) || `Waiting for condition ${type}`);
    };

/** A controller of pods: its last change is rolled out and every pod of it is available. */
const rollout =
    (
        read: (object: ValueMap) => { wanted: number; updated: number; ready: number; total: number },
        name: string,
    ): Condition =>
    (object) => {
        const observed = numberAt(object, "status", "observedGeneration") ?? 0;
        if (isBehind(object, observed)) return not(`Waiting for the ${name} to be seen by its controller`);
        const { wanted, updated, ready, total } = read(object);
        if (updated >= wanted && total === wanted && ready >= wanted) return { ready: true };
        return not(`Waiting for app ${name} to be available (${ready}/${wanted} Pods available)`);
    };

const replicas = (object: ValueMap): number => numberAt(object, "spec", "replicas") ?? 1;

const deployment: Condition = (object) => {
    const pods = rollout(
        () => ({
            wanted: replicas(object),
            updated: count(object, "updatedReplicas"),
            ready: count(object, "availableReplicas"),
            total: count(object, "replicas"),
        }),
        "ReplicaSet",
    )(object);
    const [progressing, available] = [conditionOf(object, "Progressing"), conditionOf(object, "Available")];
    const failing = progressing.status === "False" ? progressing : available.status === "False" ? available : undefined;
    if (isBehind(object, count(object, "observedGeneration"))) return pods;
    if (failing) return explain(failing, "Waiting for the Deployment to be available");
    return pods.ready && available.status !== "True" ? not("Waiting for condition Available") : pods;
};

const job: Condition = (object) => {
    const failed = conditionOf(object, "Failed");
    if (failed.status === "True") throw new Error(`[${text(failed.reason)}] ${text(failed.message)}`);
    return condition("Complete")(object);
};

const kinds: Readonly<Record<string, Condition>> = {
    "apiextensions.k8s.io/v1 CustomResourceDefinition": condition("Established"),
    "apps/v1 Deployment": deployment,
    "apps/v1 DaemonSet": rollout(
        (object) => ({
            wanted: count(object, "desiredNumberScheduled"),
            updated: count(object, "updatedNumberScheduled"),
            ready: count(object, "numberAvailable"),
            total: count(object, "desiredNumberScheduled"),
        }),
        "DaemonSet",
    ),
    "apps/v1 StatefulSet": rollout(
        (object) => ({
            wanted: replicas(object),
            updated: count(object, "updatedReplicas"),
            ready: count(object, "readyReplicas"),
            total: count(object, "replicas"),
        }),
        "StatefulSet",
    ),
    "batch/v1 Job": job,
    "v1 Namespace": phase("Active"),
    "v1 PersistentVolume": phase("Available", "Bound"),
    // A claim of a class that waits for its first consumer stays Pending until there is one.
    "v1 PersistentVolumeClaim": phase("Bound"),
    "v1 Pod": condition("Ready"),
    "v1 ResourceQuota": (object) =>
        equal(mapAt(object, "spec", "hard"), mapAt(object, "status", "hard"))
            ? { ready: true }
            : not("Waiting for the quota to be counted"),
    "v1 Secret": (object) =>
        object.type !== "kubernetes.io/service-account-token" || Object.keys(mapAt(object, "data")).length > 0
            ? { ready: true }
            : not("Waiting for the token"),
};

export const readiness = (object: ValueMap): Condition | undefined =>
    kinds[`${text(object.apiVersion)} ${text(object.kind)}`];

/** A Service is ready when there is something behind it, unless it promises nothing of the kind. */
export const needsEndpoints = (object: ValueMap): boolean =>
    object.apiVersion === "v1" &&
    object.kind === "Service" &&
    textAt(object, "spec", "type") !== "ExternalName" &&
    textAt(object, "spec", "clusterIP") !== "None" &&
    Object.keys(mapAt(object, "spec", "selector")).length > 0;

export const hasEndpoints = (slice: ValueMap): boolean =>
    listAt(slice, "endpoints").some(
        (endpoint) => at(endpoint, "conditions", "ready") !== false && listAt(endpoint, "addresses").length > 0,
    );
