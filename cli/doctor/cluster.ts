import { autoscalingOf } from "../../checks/autoscaling";
import { examineCluster, fluxInCluster } from "../../checks/examine";
import type { Config } from "../../config/parse";
import { outputsSchema } from "../../domain/outputs";
import { type Line, ok, problemLine, skipped, warning } from "./line";

/** The checks that `pulumi up` runs for the cluster and Flux's manifest, and the check for a Flux of another owner. */
export async function clusterLines(config: Config, outputs: Promise<unknown>): Promise<readonly Line[]> {
    const { checks, inCluster } = await examineCluster(config);
    // If this is the cluster of the last update, the Flux in it belongs to this stack.
    const { data } = outputsSchema.pick({ cluster: true }).safeParse(await outputs);
    const isOurs = inCluster !== undefined && data?.cluster.uid === inCluster.clusterUid;
    const anothers = inCluster && !isOurs ? inCluster.anothersFlux : [];
    return [
        ...checks.flatMap(({ about, problems, says, isSkipped }): Line[] => {
            const all = about === fluxInCluster ? [...anothers, ...problems] : problems;
            const passed = isSkipped ? skipped(about, says) : ok(about, says);
            return all.length > 0 ? all.map((problem) => problemLine(problem)) : [passed];
        }),
        ...(inCluster?.admission.changed ?? []).map((line) => ok("admission", `the cluster changes ${line}`)),
        ...(inCluster ? await autoscalerLines(config.context) : []),
    ];
}

/** A line if something scales by CPU or memory. Without a metrics-server it stays as it is, and no other command says so. */
async function autoscalerLines(context: string): Promise<readonly Line[]> {
    const { autoscalers, isMeasured } = (await autoscalingOf(context)) ?? { autoscalers: [], isMeasured: true };
    const about = "autoscalers";
    const names = autoscalers.join(", ");
    if (autoscalers.length === 0) {
        return [];
    }
    return isMeasured
        ? [ok(about, `the cluster measures CPU and memory for ${names}`)]
        : [
              warning(
                  about,
                  `nothing measures CPU and memory in this cluster, so the HorizontalPodAutoscaler ${names} scales nothing`,
                  "add - ../../components/metrics-server to the overlay of fluxcd-infrastructure; docs/components.md says how",
              ),
          ];
}
