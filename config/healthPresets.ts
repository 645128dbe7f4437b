/**
 * How Flux judges the health of a kind, in Flux's own fields. Without a kind, it holds for all kinds of the group.
 * https://fluxcd.io/flux/components/kustomize/kustomizations/#health-check-expressions
 */
export interface HealthCheck {
    readonly apiVersion: string;
    readonly kind?: string | undefined;
    readonly inProgress?: string | undefined;
    readonly failed?: string | undefined;
    readonly current: string;
}

/**
 * The health of well-known kinds. None has `failed`: their operators also report False for what they try again, such as
 * a certificate that is being issued. What stays unhealthy fails at the timeout of the Kustomization.
 */
const presets = {
    // https://github.com/cert-manager/cert-manager/blob/master/pkg/apis/certmanager/v1/types_issuer.go
    "cert-manager": checks("cert-manager.io/v1", ["Certificate", "ClusterIssuer", "Issuer"], ["Ready"]),
    // https://github.com/crossplane/crossplane/blob/main/apis/pkg/v1/conditions.go
    crossplane: checks("pkg.crossplane.io/v1", ["Configuration", "Function", "Provider"], ["Installed", "Healthy"]),
    // https://github.com/external-secrets/external-secrets/blob/main/apis/externalsecrets/v1/externalsecret_types.go
    "external-secrets": checks(
        "external-secrets.io/v1",
        ["ClusterSecretStore", "ExternalSecret", "SecretStore"],
        ["Ready"],
    ),
    // https://github.com/kubernetes-sigs/gateway-api/tree/main/apis/v1
    "gateway-api": [
        ...checks("gateway.networking.k8s.io/v1", ["GatewayClass"], ["Accepted"]),
        ...checks("gateway.networking.k8s.io/v1", ["Gateway"], ["Accepted", "Programmed"]),
        ...routeChecks("gateway.networking.k8s.io/v1", ["GRPCRoute", "HTTPRoute"]),
    ],
    // https://github.com/kedacore/keda/blob/main/apis/keda/v1alpha1/condition_types.go
    keda: checks("keda.sh/v1alpha1", ["ScaledJob", "ScaledObject"], ["Ready"]),
    // https://github.com/prometheus-operator/prometheus-operator/blob/main/pkg/apis/monitoring/v1/types.go
    "prometheus-operator": checks(
        "monitoring.coreos.com/v1",
        ["Alertmanager", "Prometheus", "ThanosRuler"],
        ["Available", "Reconciled"],
    ),
    // https://github.com/bitnami-labs/sealed-secrets/blob/main/pkg/apis/sealedsecrets/v1alpha1/types.go
    "sealed-secrets": checks("bitnami.com/v1alpha1", ["SealedSecret"], ["Synced"]),
} satisfies Readonly<Record<string, readonly HealthCheck[]>>;

export type Preset = keyof typeof presets;

/** The names of the presets. */
export const presetNames = Object.keys(presets) as [Preset, ...Preset[]];

/** The health checks of a preset. */
export function checksOf(preset: Preset): readonly HealthCheck[] {
    return presets[preset];
}

/** The group of the kinds that a check is for, empty for the core group. */
export function groupOf({ apiVersion }: HealthCheck): string {
    return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

function checks(apiVersion: string, kinds: readonly string[], conditions: readonly string[]): HealthCheck[] {
    const current = conditions.map((type) => isTrue("status.conditions", type)).join(" && ");
    return kinds.map((kind) => ({ apiVersion, kind, current }));
}

/** A route has conditions for each of its parents: all must have accepted it. */
function routeChecks(apiVersion: string, kinds: readonly string[]): HealthCheck[] {
    const isNamed = "spec.parentRefs.all(r, status.parents.exists(p, p.parentRef.name == r.name))";
    const served = ["Accepted", "ResolvedRefs"].map((type) => isTrue("p.conditions", type)).join(" && ");
    const current = `size(status.parents) > 0 && (!has(spec.parentRefs) || ${isNamed}) && status.parents.all(p, ${served})`;
    return kinds.map((kind) => ({ apiVersion, kind, current }));
}

/** An older generation's condition does not count. Without the generation, which is optional, any does. */
function isTrue(conditions: string, type: string): string {
    const isLatest = "(!has(c.observedGeneration) || c.observedGeneration == metadata.generation)";
    return `${conditions}.exists(c, c.type == '${type}' && c.status == 'True' && ${isLatest})`;
}
