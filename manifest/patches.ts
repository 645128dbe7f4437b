import { applyPatch, type Operation } from "rfc6902";

import type { FluxOptions } from "../config/flux";
import type { ManifestObject } from "../domain/objects";
import type { Customized, Objects } from "../domain/objects";

type Patch = FluxOptions["patches"][number];

/** Patches objects in the given order, with JSON Patch (RFC 6902) or JSON merge patch (RFC 7396). */
export function patches(objects: Objects, { patches }: FluxOptions): Customized {
    return patches.reduce<Customized>(
        (so, patch, index) => {
            const unfit = (expected: string) => ({ option: `patches.${index}`, value: patch.target, expected });
            if (!so.objects.some((object) => isTarget(object, patch))) {
                return { ...so, unfit: [...so.unfit, unfit("no object of the installation matches this target")] };
            }
            const changed = so.objects.map((object) => (isTarget(object, patch) ? patched(object, patch) : object));
            const wrong = changed.filter((it) => typeof it === "string").map(unfit);
            return wrong.length > 0
                ? { ...so, unfit: [...so.unfit, ...wrong] }
                : { ...so, objects: changed.filter((it) => typeof it !== "string") };
        },
        { objects, unfit: [] },
    );
}

function isTarget({ kind, metadata }: ManifestObject, { target }: Patch): boolean {
    return (
        kind === target.kind &&
        metadata.name === (target.name ?? metadata.name) &&
        metadata.namespace === (target.namespace ?? metadata.namespace)
    );
}

/** The patched object. Otherwise the reason it cannot be patched. */
function patched(object: ManifestObject, { patch }: Patch): ManifestObject | string {
    const whole = { object: structuredClone(object) as unknown };
    if (Array.isArray(patch)) {
        const within = patch.map((operation) => ({
            ...operation,
            path: `/object${operation.path}`,
            ...("from" in operation ? { from: `/object${operation.from}` } : {}),
        }));
        const error = applyPatch(whole, structuredClone(within) as Operation[]).find((it) => it !== null);
        if (error) {
            return `the patch does not apply to ${object.kind} ${object.metadata.name}: ${error.message}`;
        }
    } else {
        whole.object = merged(whole.object, patch);
    }
    return isStill(object, whole.object)
        ? whole.object
        : `the patch would change the identity of ${object.kind} ${object.metadata.name}: expected the same apiVersion, kind, name and namespace`;
}

/** A JSON merge patch. https://www.rfc-editor.org/rfc/rfc7396#section-2 */
export function merged(target: unknown, patch: unknown): unknown {
    if (!isMap(patch)) {
        return patch;
    }
    const before = isMap(target) ? target : {};
    const kept = Object.entries(before).filter(([name]) => !Object.hasOwn(patch, name));
    const changed = Object.entries(patch)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => [name, merged(before[name], value)] as const);
    return Object.fromEntries([...kept, ...changed]);
}

function isMap(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStill(before: ManifestObject, after: unknown): after is ManifestObject {
    return (
        isMap(after) &&
        isMap(after.metadata) &&
        after.apiVersion === before.apiVersion &&
        after.kind === before.kind &&
        after.metadata.name === before.metadata.name &&
        after.metadata.namespace === before.metadata.namespace
    );
}
