// The program's inputs, completed: a name, a namespace, nothing that the server would throw away.
import { createHash, randomBytes } from "node:crypto";
import { hasUnknown, unknown, type ValueMap } from "../values.ts";
import type { Failure } from "./config.ts";
import { annotation, at, isCrd, kindOf, nameOf, namespaceOf, textAt, withAt } from "./object.ts";
import type { Provider } from "./provider.ts";
import { waitFor } from "./wait/conditions.ts";

export interface Naming {
    urn: string;
    seed: Uint8Array;
    /** From the engine's own autonaming; "" where it is switched off. */
    proposed: string | undefined;
}

export async function complete(inputs: ValueMap, old: ValueMap, context: { provider: Provider; naming: Naming }) {
    const { provider, naming } = context;
    const named = withName(normalized(inputs), old, naming);
    if (namespaceOf(named) !== "" || at(named, "metadata") === unknown) return named;
    const resource = await provider.cluster?.find(kindOf(named));
    // A kind that is not served yet is taken to be namespaced, until its CRD says otherwise.
    if (resource && !resource.namespaced) return named;
    const known = resource ?? (textAt(old, "metadata", "namespace") !== "" || Object.keys(old).length === 0);
    return known ? withAt(named, ["metadata", "namespace"], provider.defaultNamespace) : named;
}

function normalized(inputs: ValueMap): ValueMap {
    if (!isCrd(inputs)) return inputs;
    const bare = withAt(inputs, ["status"], undefined);
    return at(bare, "spec", "preserveUnknownFields") === false
        ? withAt(bare, ["spec", "preserveUnknownFields"], undefined)
        : bare;
}

function withName(inputs: ValueMap, old: ValueMap, { urn, seed, proposed }: Naming): ValueMap {
    if (at(inputs, "metadata") === unknown || at(inputs, "metadata", "name") !== undefined) return inputs;
    if (at(inputs, "metadata", "generateName") !== undefined)
        throw new Error("the `.metadata.generateName` field is not supported in Server-Side Apply mode");
    if (proposed === "")
        throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
    const given = isAutonamed(old) ? nameOf(old) : (proposed ?? `${urn.split("::").at(-1) ?? ""}-${suffix(seed)}`);
    return withAt(
        withAt(inputs, ["metadata", "name"], given),
        ["metadata", "annotations", "pulumi.com/autonamed"],
        "true",
    );
}

// The engine's seed makes a preview and its update agree on the name.
const suffix = (seed: Uint8Array): string =>
    (seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4)).toString("hex").slice(0, 8);

export const isAutonamed = (object: ValueMap): boolean => annotation(object, "autonamed") === "true";

export function failures(inputs: ValueMap): Failure[] {
    const unsupported = annotation(inputs, "replaceUnready") === "true" ? [failure("replaceUnready", notDone)] : [];
    const waiting = at(inputs, "metadata", "annotations", "pulumi.com/waitFor");
    if (waiting === undefined || hasUnknown(waiting)) return unsupported;
    try {
        waitFor(inputs);
        return unsupported;
    } catch (error) {
        return [...unsupported, failure("waitFor", error instanceof Error ? error.message : String(error))];
    }
}

const notDone = "the lab's stand-in for the kubernetes provider does not do this";

const failure = (name: string, reason: string): Failure => ({
    property: `metadata.annotations["pulumi.com/${name}"]`,
    reason,
});
