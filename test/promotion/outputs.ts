import type { StackOutputs } from "../../domain/outputs";
import type { HealthyRevision } from "../../promotion/evidence";

/** The outputs of a stack that has this evidence. Each of its sources is applied by a Kustomization of the same name, unless more are said. */
export function outputsOf(
    cluster: StackOutputs["cluster"],
    evidence: Readonly<Record<string, readonly HealthyRevision[]>>,
    appliers: Readonly<Record<string, string>> = {},
): StackOutputs {
    const names = Object.keys(evidence);
    const sources = { ...Object.fromEntries(names.map((name) => [name, name])), ...appliers };
    return {
        environment: cluster.context,
        fluxVersion: "v2.9.5",
        cluster,
        credentials: { github: {}, flux: { identity: "deployKey" } },
        sources: Object.fromEntries(names.map((name) => [name, { repository: `https://github.com/misua/${name}` }])),
        kustomizations: Object.fromEntries(
            Object.entries(sources).map(([name, source]) => [name, { source, path: `./${name}` }]),
        ),
        evidence: Object.fromEntries(Object.entries(evidence).map(([name, periods]) => [name, [...periods]])),
    };
}
