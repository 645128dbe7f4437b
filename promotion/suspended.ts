import { type HandWork, inWords } from "../domain/handWork";
import type { Problem } from "../domain/problem";
import type { Change, Facts } from "./gate";

/** Why Flux would not apply a release: the stack file suspends its source, or somebody has stopped Flux by hand. */
export function suspended({ source, to, suspended, stop }: Change, { stack, context }: Facts): Problem[] {
    const problem: Problem = {
        refusal: "suspended",
        key: `fluxcd:${source}.tag`,
        value: to.tag,
        expected: "the source is suspended, so Flux would not apply it",
        fix: `take the suspension away first: pulumi config rm --stack ${stack} --path 'fluxcd:${source}.suspend'   (or fluxcd:suspend)`,
    };
    return suspended ? [problem] : stop ? [stopped({ source, to }, stop, context)] : [];
}

function stopped({ source, to }: Pick<Change, "source" | "to">, stop: HandWork, context: string): Problem {
    const [kind = "", name = ""] = stop.object.split(" ");
    const kubectl = `kubectl --context ${context} -n flux-system`;
    return {
        refusal: "suspended",
        key: `fluxcd:${source}.tag`,
        value: to.tag,
        expected: `somebody has stopped Flux here, so it would not apply it: ${inWords(stop)}`,
        fix:
            kind === "Deployment"
                ? `${kubectl} scale deployment ${name} --replicas 1`
                : `${kubectl} patch ${kind.toLowerCase()} ${name} --type merge -p '{"spec":{"suspend":false}}'`,
    };
}
