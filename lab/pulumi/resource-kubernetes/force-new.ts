// The fields that Kubernetes lets no one change: a change of one is another object.
import type { ApiKind } from "./object.ts";
import type { ValueMap } from "../values.ts";
import type { Settings } from "./config.ts";

const identity = ["metadata.name", "metadata.namespace"];

const byKind: Readonly<Record<string, readonly string[]>> = {
    "apps DaemonSet": ["spec.selector"],
    "apps Deployment": ["spec.selector"],
    "apps StatefulSet": [
        "spec.podManagementPolicy",
        "spec.revisionHistoryLimit",
        "spec.selector",
        "spec.serviceName",
        "spec.volumeClaimTemplates",
    ],
    "batch Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
    "rbac.authorization.k8s.io ClusterRoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io RoleBinding": ["roleRef"],
    "storage.k8s.io StorageClass": ["parameters", "provisioner"],
    " PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
    " Pod": ["spec"],
    " ResourceQuota": ["spec.scopes"],
    " Service": ["spec.clusterIP"],
};

/** Like the official provider, a Secret or ConfigMap counts as immutable unless the provider is told otherwise. */
export function forceNew({ apiVersion, kind }: ApiKind, object: ValueMap, settings: Settings): string[] {
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    const fixed = object.immutable === true;
    if (group === "" && kind === "Secret" && (!settings.enableSecretMutable || fixed))
        return [...identity, "type", "data", "stringData"];
    if (group === "" && kind === "Secret") return [...identity, "type"];
    if (group === "" && kind === "ConfigMap" && (!settings.enableConfigMapMutable || fixed))
        return [...identity, "data", "binaryData"];
    return [...identity, ...(byKind[`${group} ${kind}`] ?? [])];
}
