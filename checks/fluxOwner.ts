import { setConfig } from "../domain/commands";
import type { Problem } from "../domain/problem";
import { managerOf } from "../domain/objects";
import {
    type Controller,
    type Installed,
    isPulumis,
    type LiveObject,
    readFluxInstances,
} from "../clients/installedFlux";
import { readKustomization } from "../clients/cluster";
import type { ManifestObject } from "../domain/objects";

/** The cluster's context and the stack, for the commands in problems. */
export interface Where {
    readonly context: string;
    readonly stack: string;
}

/**
 * Refuses a stack that has never installed Flux in this cluster if a Flux is installed there, unless it may adopt it.
 */
export function anothersFlux({ controllers, definitions }: Installed, { stack }: Where): Problem[] {
    const [first] = [...controllers, ...definitions];
    if (!first) {
        return [];
    }
    const what =
        controllers.length > 0
            ? `${controllers.map(described).join(", ")} ${controllers.length > 1 ? "run" : "runs"}`
            : `the CRD ${first.metadata.name} exists`;
    return [
        {
            key: "fluxcd:flux.existing",
            value: "refuse",
            expected: `this stack has not installed Flux in this cluster, but ${what} there: ${ownerOf(first)}`,
            fix: `to take it over, with its objects: ${setConfig(stack, "fluxcd:flux.existing", "adopt")}`,
        },
    ];
}

/** The problems with other managers of Flux, which would go on changing it even after it was adopted. */
export async function otherOwners({ controllers }: Installed, { context }: Where): Promise<Problem[]> {
    const elsewhere = controllers.filter(({ metadata }) => metadata.namespace !== "flux-system");
    const instances = controllers.some((each) => managedBy(each) === "flux-operator")
        ? await readFluxInstances(context)
        : [];
    return [
        ...elsewhere.slice(0, 1).map(({ metadata: { name, namespace = "" } }): Problem => ({
            key: "fluxcd:context",
            value: context,
            expected: `${name} runs in namespace ${namespace}: two installations of Flux in one cluster would both apply every Flux object`,
            fix: `flux uninstall --context ${context} --namespace ${namespace}   (the workloads that it applied keep running)`,
        })),
        ...instances.map((instance): Problem => ({
            key: "fluxcd:flux.existing",
            expected: `flux-operator manages Flux by its FluxInstance ${instance}, and would undo this stack's changes`,
            fix: `kubectl --context ${context} annotate fluxinstance -n ${instance.replace("/", " ")} fluxcd.controlplane.io/reconcile=disabled   (then run this again, and remove the operator)`,
        })),
        ...(await appliedFromGit(controllers, context)),
    ];
}

/**
 * Refuses a Flux from `flux bootstrap`: Flux would apply itself from Git, and return to Git's version at each interval.
 * https://fluxcd.io/flux/installation/bootstrap/
 */
async function appliedFromGit(controllers: readonly Controller[], context: string): Promise<Problem[]> {
    const owners = controllers.map(({ metadata: { labels } }) => ({
        name: labels?.["kustomize.toolkit.fluxcd.io/name"] ?? "",
        namespace: labels?.["kustomize.toolkit.fluxcd.io/namespace"] ?? "",
    }));
    const [owner] = owners.filter(({ name }) => name !== "");
    const kustomization = owner && (await readKustomization(context, owner.name, owner.namespace));
    const isOfFlux = ({ id }: { id: string }) =>
        controllers.some(({ metadata }) => id === `${metadata.namespace ?? ""}_${metadata.name}_apps_Deployment`);
    if (
        kustomization === undefined ||
        kustomization.spec?.suspend === true ||
        !kustomization.status?.inventory?.entries?.some(isOfFlux)
    ) {
        return [];
    }
    const { name, namespace } = kustomization.metadata;
    const kubectl = `kubectl --context ${context} -n ${namespace}`;
    return [
        {
            key: "fluxcd:flux.existing",
            expected: `Kustomization ${namespace}/${name} applies Flux from Git, as \`flux bootstrap\` sets it up, and would restore Git's version at each interval`,
            fix: [
                `${kubectl} patch kustomization ${name} --type merge -p '{"spec":{"suspend":true,"prune":false,"deletionPolicy":"Orphan"}}'`,
                `run this again, with fluxcd:flux.existing adopt; then`,
                `${kubectl} delete kustomization ${name}   (nothing it applied is deleted), and remove the folder ${namespace}/ from its path in Git`,
            ].join("\n      "),
        },
    ];
}

/** The problem with controllers of an adopted Flux that the manifest does not have. */
export function leftBehind(
    { controllers }: Installed,
    wanted: readonly ManifestObject[],
    { context, stack }: Where,
): Problem[] {
    const names = controllers
        .filter((each) => each.metadata.namespace === "flux-system" && !isPulumis(each))
        .map(({ metadata }) => metadata.name)
        .filter((name) => !wanted.some(({ kind, metadata }) => kind === "Deployment" && metadata.name === name));
    if (names.length === 0) {
        return [];
    }
    return [
        {
            key: "fluxcd:flux.components",
            expected: `${names.join(", ")} of the existing Flux would stay in the old version, and nothing would update it`,
            fix: `add it to fluxcd:flux.components in Pulumi.${stack}.yaml, or first kubectl --context ${context} -n flux-system delete deployment ${names.join(" ")}`,
        },
    ];
}

function described(controller: Controller): string {
    const tag = managerOf(controller)?.image?.split(":").at(-1) ?? "";
    return `${controller.metadata.name} ${tag}`;
}

/** The installer of an object, as far as its labels and managed fields show it. */
function ownerOf(object: LiveObject): string {
    const { labels = {} } = object.metadata;
    const version = labels["app.kubernetes.io/version"];
    const flux = version === undefined ? "Flux" : `Flux ${version}`;
    const kustomization = labels["kustomize.toolkit.fluxcd.io/name"];
    if (kustomization !== undefined) {
        const namespace = labels["kustomize.toolkit.fluxcd.io/namespace"] ?? "";
        return `${flux} of \`flux bootstrap\`, applied by its Kustomization ${namespace}/${kustomization}`;
    }
    if (isPulumis(object)) {
        return `${flux} of another Pulumi stack, or of this one before it was destroyed or lost its state`;
    }
    const manager = managedBy(object);
    return manager === undefined ? `${flux} of \`flux install\` or its manifest` : `${flux} managed by ${manager}`;
}

function managedBy({ metadata: { labels } }: LiveObject): string | undefined {
    return labels?.["app.kubernetes.io/managed-by"];
}
