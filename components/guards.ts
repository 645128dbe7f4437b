import type { Found } from "../checks";
import { lastOutputs, objectsInState, stackHistory } from "../clients/engine";
import type { GitHub } from "../clients/github";
import type { Config } from "../config";
import { judge } from "../promotion/judge";
import { standingsOf } from "../promotion/standings";
import { told } from "../checks/waiting";
import type { StackRelease, TakingGuards } from "./release";

/** The release that the settings ask for, in the format of a stack's memory. */
export function releaseOf(config: Config, { clusterUid, sources }: Found): StackRelease {
    return { cluster: clusterUid, sources: standingsOf(config, sources), secretsDrawnBy: "RandomPassword" };
}

/** The guards of a release: the cluster, a Flux of another owner, and the promotion rules. */
export function guardsOf(config: Config, found: Found, github: GitHub): TakingGuards {
    const to = standingsOf(config, found.sources);
    const { stops } = found.byHand;
    return {
        context: config.context,
        acceptedClusterUid: config.acceptedClusterUid,
        anothersFlux: found.anothersFlux,
        objectsInState,
        lastOutputs: () => lastOutputs(config.stack),
        judge: (from) => {
            const question = { config, from, to, github, stops, stackOutputs: lastOutputs, stackHistory };
            return told(judgesBy(config), judge({ ...question, now: new Date() }));
        },
    };
}

/** Who answers the questions of the promotion rules. */
function judgesBy({ github, promotion }: Config): string {
    const upstream = promotion.from === undefined ? "" : ` and the cluster of stack ${promotion.from}`;
    return `GitHub at ${github.baseUrl}${upstream}, for the rules of promotion`;
}
