import type { ControlPlane } from "../cluster/kwok.ts";
import { readSettings } from "../settings.ts";
import type { Fault, Scene } from "./faults.ts";
import type { Point } from "./points.ts";
import { clusterOf, controllerOf } from "./states.ts";

export const inCluster = (point: Point) => point.kind === "resource";

type Component = "kube-apiserver" | "etcd" | "kube-controller-manager";

function killComponent({ operation }: Scene, component: Component): void {
    const found = clusterOf(operation.stack)
        .components()
        .find(({ name }) => name === component);
    if (found?.pid === undefined) throw new Error(`${component} of ${operation.stack} does not run.`);
    process.kill(found.pid, "SIGKILL");
}

/**
 * Ready says less than an answer: an API server that had lost etcd comes back kind by kind, each with a connection of its
 * own that is tried anew after up to two minutes.
 */
const kindsOfTheProgram = [
    "/api/v1/namespaces",
    "/api/v1/pods",
    "/api/v1/secrets",
    "/api/v1/serviceaccounts",
    "/api/v1/services",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/coordination.k8s.io/v1/leases",
    "/apis/discovery.k8s.io/v1/endpointslices",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "/apis/source.toolkit.fluxcd.io/v1/gitrepositories",
    "/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations",
];

/** Starts what of the cluster does not run, and waits until it answers. */
async function fixCluster({ world, operation }: Scene): Promise<void> {
    const tools = readSettings()?.tools;
    if (!tools) throw new Error("There is no lab.");
    await clusterOf(operation.stack).ensure(tools as Record<string, string> & ControlPlane);
    await Promise.all(kindsOfTheProgram.map((path) => world.objects(operation.stack, path)));
}

const ofParts = (["kube-apiserver", "etcd", "kube-controller-manager"] as const).flatMap((component): Fault[] => [
    {
        name: `${component}-restarted`,
        what: `${component} is killed, and started again at once`,
        suits: inCluster,
        strike: async (scene) => {
            killComponent(scene, component);
            await fixCluster(scene);
        },
        heal: fixCluster,
    },
    {
        name: `${component}-gone`,
        what: `${component} is killed, and comes back when the command has ended`,
        suits: inCluster,
        strike: (scene) => {
            killComponent(scene, component);
        },
        heal: fixCluster,
    },
]);

const controllers = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
] as const;

const ofControllers = controllers.map((name): Fault => ({
    name: `${name}-killed`,
    what: `${name} is killed, and started again by its kubelet`,
    suits: (point, { from }) =>
        point.kind === "resource" && (from !== "nothing" || /^(infrastructure|apps|webhook)-/.test(point.name)),
    strike: ({ operation }) => {
        const found = controllerOf(operation.stack, name);
        if (found) process.kill(found.pid, "SIGKILL");
    },
}));

export const cluster: readonly Fault[] = [...ofParts, ...ofControllers];
