import type { Kustomization } from "../../clients/cluster";
import { healthChecksOf } from "../../config/healthChecks";
import type { Kustomization as KustomizationSettings } from "../../config/kustomizations";
import { unknownHealth } from "../../config/unknownHealth";
import { setConfig } from "../../domain/commands";

/** The kinds of a Kustomization whose health Flux does not know. It is no failure: the Kustomization may be healthy. */
export interface UnknownHealthStatus {
    /** The kinds with their groups, such as `ClusterIssuer.cert-manager.io`. */
    readonly kinds: readonly string[];
    readonly message: string;
    /** The command that makes Flux check them. */
    readonly fix: string;
}

/** The kinds in a Kustomization that neither the cluster nor the stack file has a check for; undefined if none. */
export function unknownHealthOf(
    { name, healthCheckExprs: entries = [] }: KustomizationSettings,
    { spec, status }: Pick<Kustomization, "spec" | "status">,
    stack: string,
): UnknownHealthStatus | undefined {
    const found = (spec?.healthCheckExprs ?? []) as readonly unknown[];
    const healthCheckExprs = [...found, ...healthChecksOf(entries)];
    const unknown = unknownHealth({ spec: { ...spec, healthCheckExprs }, ...(status && { status }) });
    if (unknown.length === 0) {
        return undefined;
    }
    const kinds = unknown.map(({ kind }) => kind);
    const presets = [...new Set(unknown.map(({ preset }) => preset))];
    const set = presets.map((preset, index) => {
        const at = `fluxcd:kustomizations.${name}.healthCheckExprs[${entries.length + index}].preset`;
        return setConfig(stack, at, preset);
    });
    return {
        kinds,
        message: `Flux counts these kinds as healthy before their operators have handled them: ${kinds.join(", ")}`,
        fix: [...set, `pulumi up --stack ${stack}`].join(" && "),
    };
}
