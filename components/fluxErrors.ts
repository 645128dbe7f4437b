import * as pulumi from "@pulumi/pulumi";

import { ask, pathOf } from "../clients/cluster";
import { explainFetchError, inWords } from "../explain/fetchErrors";

/**
 * Flux's own checks have the same timeout and start a little later, so its result comes soon after the program's
 * timeout.
 */
const verdictWithinMs = 15_000;

interface FluxObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string; readonly generation?: number };
    readonly spec?: {
        readonly url?: string;
        readonly provider?: string;
        readonly secretRef?: { readonly name: string };
    };
    readonly status?: {
        readonly conditions?: readonly {
            readonly type: string;
            readonly status: string;
            readonly reason: string;
            readonly message: string;
            readonly observedGeneration?: number;
        }[];
    };
}

/** Logs Flux's reason if it did not fetch or apply an object in time. Never retries. */
export function explainFluxErrors(context: string): pulumi.ErrorHook {
    return new pulumi.ErrorHook("fluxcd:explainFluxErrors", async ({ name, newInputs, errors }) => {
        // Any other error, such as a refused object, already has its reason.
        const timedOut = errors[0]?.includes("timed out waiting") ?? false;
        const object = newInputs as FluxObject | undefined;
        const why = timedOut && object && (await fluxVerdict(context, object, verdictWithinMs).catch(() => undefined));
        if (why) {
            await pulumi.log.error(`${name}: ${why}`);
            const credential = explainFetchError(object.spec ?? {}, why, pulumi.getStack());
            await (credential && pulumi.log.error(`${name}: Flux cannot read the repository: ${inWords(credential)}`));
        }
        return false;
    });
}

/** The message of the object's Ready condition. If it has no final result in time, the current message. */
export async function fluxVerdict(
    context: string,
    { apiVersion, kind, metadata: { name, namespace } }: FluxObject,
    withinMs: number,
): Promise<string | undefined> {
    const path = pathOf({ apiVersion, kind, metadata: { name, namespace } });
    for (const deadline = Date.now() + withinMs; ;) {
        const { metadata, status } = await ask<FluxObject>(context, { path });
        const ready = status?.conditions?.find(({ type }) => type === "Ready");
        const isVerdict = ready?.status === "False" && ready.observedGeneration === metadata.generation;
        if (isVerdict || Date.now() >= deadline) {
            return ready && `Flux says of ${kind} ${namespace}/${name}: ${ready.reason}: ${ready.message}`;
        }
        await new Promise((later) => setTimeout(later, 500));
    }
}
