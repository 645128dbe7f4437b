import { ask } from "../cluster/api.ts";
import { Cluster } from "../cluster/clusters.ts";
import type { Environment } from "../cluster/names.ts";
import { labDirectory } from "../paths.ts";
import type { Asked } from "./support.ts";

/**
 * Kinds that nobody writes but the program once all is applied: Flux reads its own objects, and writes only their status.
 */
const resources = [
    "customresourcedefinitions",
    "namespaces",
    "serviceaccounts",
    "services",
    "secrets",
    "resourcequotas",
    "deployments",
    "networkpolicies",
    "clusterroles",
    "clusterrolebindings",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "gitrepositories",
    "kustomizations",
];

/**
 * Requests for these kinds since the cluster's start, without those for a part such as the status, and dry runs, which
 * change nothing, as reads. Its API server counts
 * (https://kubernetes.io/docs/reference/instrumentation/metrics/, apiserver_request_total).
 */
export async function askedOf(environment: Environment): Promise<Asked> {
    const { body } = await ask(new Cluster(labDirectory, environment).access, "/metrics");
    return askedIn(body);
}

/** The same, of what `/metrics` says. */
export function askedIn(metrics: string): Asked {
    const asked = { reads: 0, writes: 0 };
    for (const [, labels = "", count = "0"] of metrics.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
        const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
        if (!resources.includes(label("resource")) || label("subresource") !== "" || label("verb") === "WATCH")
            continue;
        const reads = ["GET", "LIST"].includes(label("verb")) || label("dry_run") !== "";
        asked[reads ? "reads" : "writes"] += Number(count);
    }
    return asked;
}
