import { isDeepStrictEqual } from "node:util";

import type { Problem } from "../domain/problem";
import { type Deployment, isDeployment, managerOf } from "../domain/objects";
import { type Definition, type Installed, isPulumis, type Schema } from "../clients/installedFlux";
import type { ManifestObject } from "../domain/objects";

/** The wanted Flux, with the objects of its manifest as they will be applied. */
export interface Wanted {
    readonly version: string;
    readonly objects: readonly ManifestObject[];
}

/** The CRDs that Pulumi would delete, together with their objects. It does not delete CRDs from another installer. */
export function leaving({ definitions }: Installed, { objects }: Wanted): Definition[] {
    return definitions.filter(
        (definition) =>
            isPulumis(definition) && !definitionsOf(objects).some((it) => nameOf(it) === nameOf(definition)),
    );
}

/**
 * The problems with changing the CRDs to the manifest's. The API server refuses a CRD without a version in which
 * objects are stored. When a CRD is deleted, all its objects are deleted too.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#upgrade-existing-objects-to-a-new-stored-version
 */
export function definitionProblems(
    { definitions }: Installed,
    wanted: Wanted,
    objectsOf: ReadonlyMap<Definition, readonly string[]>,
    context: string,
): Problem[] {
    const dropped = definitions.flatMap(({ metadata: { name }, status }): Problem[] => {
        const next = definitionsOf(wanted.objects).find(({ metadata }) => metadata.name === name);
        const missing = status?.storedVersions?.filter((stored) => !(next && versionsOf(next).includes(stored))) ?? [];
        if (next === undefined || missing.length === 0) {
            return [];
        }
        return [
            {
                key: "fluxcd:fluxVersion",
                value: wanted.version,
                expected: `${name} may have objects stored as ${missing.join(", ")}, and in this release it has only ${versionsOf(next).join(", ")}: the API server could no longer read them, and refuses such a CRD`,
                fix: `flux migrate --context ${context}   (with the Flux CLI of a release that has the old and the new version), then run this again`,
            },
        ];
    });
    const deleted = [...objectsOf].map(([{ metadata, spec }, names]): Problem => {
        const kind = spec.names.kind;
        return {
            key: "fluxcd:flux.components",
            expected: `the new installation has no ${metadata.name}, so Kubernetes would delete every ${kind}: ${names.join(", ")}`,
            fix: `keep the component and the release that have it, or first kubectl --context ${context} delete ${spec.names.plural}.${spec.group} --all --all-namespaces`,
        };
    });
    return [...dropped, ...deleted];
}

/**
 * The changes that an update makes to the installed controllers and CRDs; empty if there are none, or if Flux is not
 * installed.
 */
export function changes({ controllers, definitions }: Installed, { objects }: Wanted): string[] {
    if (controllers.length === 0) {
        return [];
    }
    return [
        ...compare(controllers, objects.filter(isDeployment)).map(([before, after]) => {
            const [name, from, to] = [nameOf(before ?? after), image(before), image(after)];
            const change =
                before === undefined ? `${to} is new` : after === undefined ? `${from} is removed` : `${from} -> ${to}`;
            return from === to ? "" : `${name} ${change}`;
        }),
        ...compare(definitions, definitionsOf(objects)).map(([before, after]) => {
            const what = definitionChange(before, after);
            return what === "" ? "" : `CRD ${nameOf(before ?? after)} ${what}`;
        }),
    ].filter((line) => line !== "");
}

function definitionChange(before: Definition | undefined, after: Definition | undefined): string {
    if (before === undefined || after === undefined) {
        return before === undefined ? "is new" : "is removed";
    }
    const [old, next] = [versionsOf(before), versionsOf(after)];
    const added = next.filter((name) => !old.includes(name)).map((name) => `${name} added`);
    const removed = old.filter((name) => !next.includes(name)).map((name) => `${name} removed`);
    const changed = next
        .filter((name) => old.includes(name))
        .flatMap((name) => {
            const [from, to] = [schemaOf(before, name), schemaOf(after, name)];
            if (isDeepStrictEqual(from, to)) {
                return [];
            }
            const kept = fields(to);
            const lost = [...fields(from)].filter((field) => !kept.has(field));
            const without = lost.length > 0 ? `, without ${lost.join(", ")}` : "";
            return [`schema of ${name} changes${without}`];
        });
    return [...added, ...removed, ...changed].join(", ");
}

/**
 * The paths of all fields in a schema. The API server drops a field without a schema the next time the object is
 * written.
 */
function fields(schema: Schema | undefined, path = ""): Set<string> {
    const { properties = {}, items, additionalProperties } = schema ?? {};
    const nested = [items, typeof additionalProperties === "object" ? additionalProperties : undefined];
    return new Set([
        ...Object.entries(properties).flatMap(([name, field]) => [
            `${path}.${name}`,
            ...fields(field, `${path}.${name}`),
        ]),
        ...nested.flatMap((field) => (field === undefined ? [] : [...fields(field, `${path}[]`)])),
    ]);
}

function compare<T extends ManifestObject>(
    before: readonly T[],
    after: readonly T[],
): (readonly [T | undefined, T | undefined])[] {
    const find = (all: readonly T[], object: T) => all.find((other) => nameOf(other) === nameOf(object));
    const gone = before.filter((object) => isPulumis(object) && find(after, object) === undefined);
    return [
        ...after.map((object) => [find(before, object), object] as const),
        ...gone.map((object) => [object, undefined] as const),
    ];
}

/** The tag of an image of Flux; the complete name of any other image. */
function image(controller: Deployment | undefined): string {
    const whole = (controller && managerOf(controller)?.image) ?? "";
    return whole.replace(/^ghcr\.io\/fluxcd\/[a-z-]+:/, "");
}

function schemaOf({ spec }: Definition, version: string): Schema | undefined {
    return spec.versions?.find(({ name }) => name === version)?.schema?.openAPIV3Schema;
}

function versionsOf({ spec }: Definition): string[] {
    return spec.versions?.map(({ name }) => name) ?? [];
}

function nameOf(object: ManifestObject | undefined): string {
    return object?.metadata.name ?? "";
}

function definitionsOf(objects: readonly ManifestObject[]): Definition[] {
    return objects.filter((object): object is Definition => object.kind === "CustomResourceDefinition");
}
