import { type HandWork, inWords } from "../domain/handWork";
import type { Problem } from "../domain/problem";
import type { Change, Facts } from "./gate";

/**
 * Returns the problem if Flux would not apply a release: the stack file suspends it, or someone stopped Flux by hand.
 */
export function suspended({ source, to, suspendedBy, stop }: Change, { stack, context }: Facts): Problem[] {
    const problem: Problem = {
        refusal: "suspended",
        key: `fluxcd:sources.${source}.tag`,
        value: to.tag,
        expected: `is suspended by ${suspendedBy ?? ""}, so Flux would not apply it`,
        fix: `pulumi config rm --stack ${stack} --path '${suspendedBy ?? ""}'   (or fluxcd:suspend)`,
    };
    return suspendedBy !== undefined ? [problem] : stop ? [stopped({ source, to }, stop, context)] : [];
}

function stopped({ source, to }: Pick<Change, "source" | "to">, stop: HandWork, context: string): Problem {
    const [kind = "", name = ""] = stop.object.split(" ");
    const kubectl = `kubectl --context ${context} -n flux-system`;
    return {
        refusal: "suspended",
        key: `fluxcd:sources.${source}.tag`,
        value: to.tag,
        expected: `somebody has stopped Flux here, so it would not apply the release: ${inWords(stop)}`,
        fix:
            kind === "Deployment"
                ? `${kubectl} scale deployment ${name} --replicas 1`
                : `${kubectl} patch ${kind.toLowerCase()} ${name} --type merge -p '{"spec":{"suspend":false}}'`,
    };
}
