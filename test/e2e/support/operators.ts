import { type Condition, type Context, exists, get, kubectl } from "./cluster";

interface Found {
    readonly items: readonly {
        readonly metadata: { readonly name: string; readonly namespace?: string; readonly generation: number };
    }[];
}

/** What the operators report of their custom resources when all is well. */
const conditions: Readonly<Record<string, readonly string[]>> = {
    "clusterissuers.cert-manager.io": ["Ready"],
    "certificates.cert-manager.io": ["Ready"],
    "gatewayclasses.gateway.networking.k8s.io": ["Accepted"],
    "gateways.gateway.networking.k8s.io": ["Accepted", "Programmed"],
};

/**
 * The API server calls cert-manager's webhook before it takes a custom resource, but the lab's pods are played and answer
 * nothing. A webhook that answers would allow these. Helm waits for what it installs, so this comes after it.
 */
export async function answerForWebhooks(context: Context): Promise<void> {
    const isInstalled = (await readyOfRelease(context, "cert-manager", "cert-manager"))?.status === "True";
    if (isInstalled) {
        const kinds = "validatingwebhookconfigurations,mutatingwebhookconfigurations";
        await kubectl(context, "delete", kinds, "--selector=app.kubernetes.io/instance=cert-manager");
    }
}

/** The condition Ready of a HelmRelease; undefined if it does not exist. */
export async function readyOfRelease(
    context: Context,
    namespace: string,
    name: string,
): Promise<Condition | undefined> {
    const release = ["-n", namespace, "helmrelease", name];
    if (!(await exists(context, ...release))) {
        return undefined;
    }
    const { status } = await get<{ status?: { conditions?: Condition[] } }>(context, ...release);
    return status?.conditions?.find(({ type }) => type === "Ready");
}

/** Writes the status of each custom resource that is there, as cert-manager and Envoy Gateway do. */
export async function reportReady(context: Context): Promise<void> {
    for (const [kind, types] of Object.entries(conditions)) {
        if (await exists(context, "crd", kind)) {
            const { items } = await get<Found>(context, kind, "--all-namespaces");
            for (const { metadata } of items) {
                await patchStatus(context, kind, metadata, types);
            }
        }
    }
}

async function patchStatus(
    context: Context,
    kind: string,
    { name, namespace, generation }: Found["items"][number]["metadata"],
    types: readonly string[],
): Promise<void> {
    const at = { lastTransitionTime: new Date().toISOString(), observedGeneration: generation };
    const written = types.map((type) => ({ type, status: "True", reason: "Played", message: "", ...at }));
    const patch = JSON.stringify({ status: { conditions: written } });
    const where = namespace === undefined ? [] : ["-n", namespace];
    const object = [kind, name, "--subresource=status", "--type=merge", "--patch", patch];
    await kubectl(context, ...where, "patch", ...object);
}

/** The kinds of a cluster that Helm releases of the operators make, besides definitions. */
export const clusterWide =
    "clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations";

/** Leaves the cluster as a new one has it: without the operators, their definitions, what they had made, and the apps. */
export async function loseOperators(context: Context): Promise<void> {
    await kubectl(context, "delete", "namespace", "podinfo", "cert-manager", "envoy-gateway-system");
    const { stdout } = await kubectl(context, "get", "crd", "-o", "name");
    await kubectl(context, "delete", ...stdout.split("\n").filter((name) => /cert-manager|gateway/.test(name)));
    await kubectl(
        context,
        "delete",
        clusterWide,
        "--selector=app.kubernetes.io/instance in (cert-manager, envoy-gateway)",
    );
}
