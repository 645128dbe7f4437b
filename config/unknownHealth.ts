import { checksOf, groupOf, type HealthCheck, type Preset, presetNames } from "./healthPresets";

/** A kind that Flux counts as healthy before its operator has handled it. */
export interface UnknownHealth {
    /** The kind with its group, such as `ClusterIssuer.cert-manager.io`. */
    readonly kind: string;
    /** The preset that checks it. */
    readonly preset: Preset;
}

/** The parts of a Kustomization in the cluster that say what it has applied and what it waits for. */
interface Live {
    readonly spec?: Readonly<Record<string, unknown>>;
    readonly status?: { readonly inventory?: { readonly entries?: readonly { readonly id: string }[] } };
}

const wellKnown = new Map(
    presetNames.flatMap((preset) =>
        checksOf(preset).map((check) => [nameOf(check.kind ?? "", groupOf(check)), preset] as const),
    ),
);

/**
 * The kinds that a Kustomization has applied and whose health Flux does not know, each once and in order. Only the kinds
 * of the presets are known to be among them. Without `wait`, Flux judges no health at all, as the stack wants it.
 */
export function unknownHealth({ spec, status }: Live): UnknownHealth[] {
    if (spec?.wait !== true) {
        return [];
    }
    const checked = new Set(((spec.healthCheckExprs ?? []) as readonly HealthCheck[]).map(checkedName));
    const kinds = new Set(status?.inventory?.entries?.map(({ id }) => kindIn(id)));
    return [...kinds].toSorted().flatMap((kind) => {
        const preset = wellKnown.get(kind);
        const isChecked = checked.has(kind) || checked.has(`*.${kind.slice(kind.indexOf(".") + 1)}`);
        return preset === undefined || isChecked ? [] : [{ kind, preset }];
    });
}

function checkedName(check: HealthCheck): string {
    return nameOf(check.kind ?? "*", groupOf(check));
}

function nameOf(kind: string, group: string): string {
    return `${kind}.${group}`;
}

/**
 * The kind in an id of an inventory, such as `podinfo_podinfo_apps_Deployment`: neither groups nor kinds have a `_`.
 * https://github.com/fluxcd/cli-utils/blob/main/pkg/object/objmetadata.go
 */
function kindIn(id: string): string {
    const [group = "", kind = ""] = id.split("_").slice(-2);
    return nameOf(kind, group);
}
