import * as pulumi from "@pulumi/pulumi";

import { runsHere } from "../domain/here";
import { ask, type Condition } from "../clients/cluster";
import { pathOf } from "../clients/objectPath";
import { seconds } from "../domain/duration";
import { explainFetchError, inWords } from "../explain/fetchErrors";
import { lasting } from "../explain/verdict";
import { firstWaitSeconds } from "./fluxMetadata";
import { revisionPattern } from "./revision";

/**
 * Flux's own checks have the same timeout and start a little later, so its result comes soon after the update's
 * timeout.
 */
const verdictWithinMs = 15_000;

/** Flux can fail between its answer and the provider's next look. */
const retries = 3;

/** One of Flux's objects: its inputs in this update, or itself in the cluster. */
export interface FluxObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
        readonly name: string;
        readonly namespace: string;
        readonly generation?: number;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly spec?: {
        readonly url?: string;
        readonly provider?: string;
        readonly secretRef?: { readonly name: string };
        readonly timeout?: string;
        readonly retryInterval?: string;
    };
    readonly status?: {
        readonly lastAppliedRevision?: string;
        readonly lastAttemptedRevision?: string;
        readonly conditions?: readonly (Condition & { readonly observedGeneration?: number })[];
    };
}

/** The end of the wait. */
export interface Outcome {
    /** Whether Flux has done what the update asks for. */
    readonly done: boolean;
    /** What Flux says; undefined if it has said nothing yet. */
    readonly says: string | undefined;
}

/**
 * Waits for a new object after the provider's first wait, and shows what Flux says meanwhile. Ends as soon as waiting
 * cannot help, and logs the reason. Pulumi retries the step if the object is ready. For a change of an object, which had
 * its whole time, logs Flux's reason.
 * https://www.pulumi.com/docs/iac/concepts/options/hooks/
 */
export function waitForFlux(context: string): pulumi.ErrorHook {
    return new pulumi.ErrorHook("fluxcd:waitForFlux", async ({ name, newInputs, errors, failedOperation }) => {
        const object = newInputs as FluxObject | undefined;
        // Any other error, such as a refused object, already has its reason.
        if (!object || !(errors[0] ?? "").includes("timed out waiting") || errors.length > retries) {
            return false;
        }
        const show = (text: string) => void pulumi.log.info(`${name}: ${text}`, undefined, undefined, true);
        const isNew = failedOperation === "create";
        const withinMs = isNew ? limitOf(object) : verdictWithinMs;
        const wait = { withinMs, repeatsWithinMs: repeatsWithin(object), show };
        const { done, says } = await outcomeOf(context, object, wait);
        if (!done && says !== undefined) {
            await pulumi.log.error(`${name}: ${says}`);
            const credential = explainFetchError(object.spec ?? {}, says, pulumi.getStack());
            await (credential &&
                pulumi.log.error(runsHere(`${name}: Flux cannot read the repository: ${inWords(credential)}`)));
        }
        return isNew && done;
    });
}

/** The time that is left for an object, in milliseconds. Flux retries a failed fetch, so a source has two of them. */
export function limitOf({ kind, spec }: Pick<FluxObject, "kind" | "spec">): number {
    const fetches = kind === "GitRepository" ? 2 : 1;
    const left = fetches * seconds(spec?.timeout ?? "2m") - firstWaitSeconds;
    return Math.max(0, left) * 1000 + verdictWithinMs;
}

/** The time in which Flux tries again after a failure, in milliseconds. */
function repeatsWithin({ spec }: Pick<FluxObject, "spec">): number {
    return seconds(spec?.retryInterval ?? "1m") * 1000 + verdictWithinMs;
}

interface Wait {
    readonly withinMs: number;
    /** A refusal that Flux still has after this time is one that it has repeated. */
    readonly repeatsWithinMs: number;
    /** Shows a line until the next one. */
    readonly show: (text: string) => void;
}

/** Waits until Flux has done what the object asks for, or cannot, or the time is over. */
export async function outcomeOf(
    context: string,
    object: FluxObject,
    { withinMs, repeatsWithinMs, show }: Wait,
): Promise<Outcome> {
    const { kind, metadata } = object;
    const path = pathOf(object);
    const wanted = revisionPattern(metadata.annotations?.["pulumi.com/waitFor"] ?? "");
    let shown: string | undefined;
    let refusedSince: number | undefined;
    for (const deadline = Date.now() + withinMs; ;) {
        // An API server that is briefly unavailable has said nothing about the object.
        const live = await ask<FluxObject>(context, { path }).catch(() => undefined);
        const ready = currentReady(live);
        const says =
            ready && `Flux says of ${kind} ${metadata.namespace}/${metadata.name}: ${ready.reason}: ${ready.message}`;
        if (ready?.status === "True" && (!wanted || wanted.test(live?.status?.lastAppliedRevision ?? ""))) {
            return { done: true, says };
        }
        const isOfThisRevision = !wanted || wanted.test(live?.status?.lastAttemptedRevision ?? "");
        const lasts = ready?.status === "False" && isOfThisRevision ? lasting(ready) : undefined;
        if (lasts === "repeated") {
            refusedSince ??= Date.now();
        } else if (ready?.status !== "Unknown") {
            // While Flux tries again, it says that, and not that it was refused.
            refusedSince = undefined;
        }
        const isRepeated = lasts === "repeated" && Date.now() - (refusedSince ?? 0) >= repeatsWithinMs;
        if (lasts === "now" || isRepeated || Date.now() >= deadline) {
            return { done: false, says };
        }
        if (says !== undefined && says !== shown) {
            show(says);
            shown = says;
        }
        await new Promise((later) => setTimeout(later, 500));
    }
}

/** The Ready condition, if it is of the object's current generation. */
function currentReady(live: FluxObject | undefined) {
    const ready = live?.status?.conditions?.find(({ type }) => type === "Ready");
    return ready?.observedGeneration === undefined || ready.observedGeneration === live?.metadata.generation
        ? ready
        : undefined;
}
