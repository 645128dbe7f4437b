import type { Installed } from "../clients/installedFlux";
import { ask } from "../clients/cluster";
import { pathOf } from "../clients/objectPath";
import type { ManifestObject } from "../domain/objects";

/** Flux's objects as the cluster would store them. */
export interface Admitted {
    readonly objects: readonly ManifestObject[];
    /** The changes that the cluster makes, one field per line. */
    readonly changed: readonly string[];
}

/** The message that shows the changes. */
export function admissionWords({ changed }: Pick<Admitted, "changed">, context: string): string {
    const heading = `Admission in ${context} changes what is declared of Flux. The program declares the cluster's values instead:`;
    return [heading, ...changed].join("\n    ");
}

/** A field to which the cluster gives another value. */
interface Change {
    readonly path: string;
    readonly asked: unknown;
    readonly made: unknown;
}

/**
 * Asks the cluster which fields of the installed controllers its admission would change: a webhook or a policy may set
 * its own resources or images. If the program declared other values, each preview would show a difference that no
 * update could remove. So it asks with a dry run, which changes nothing, and declares the values in the answer.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 */
export async function admitted(
    context: string,
    { controllers }: Pick<Installed, "controllers">,
    objects: readonly ManifestObject[],
): Promise<Admitted> {
    const there = new Set(controllers.map(({ metadata: { namespace, name } }) => `${namespace ?? ""}/${name}`));
    if (there.size === 0) {
        return { objects, changed: [] };
    }
    const looked = objects.map(async (object) => {
        const { kind, metadata } = object;
        if (kind !== "Deployment" || !there.has(`${metadata.namespace ?? ""}/${metadata.name}`)) {
            return { object, changes: [] };
        }
        const answer = await dryRun(context, object);
        const changes: Change[] = [];
        return { object: answer ? asMade(object, answer, "", changes) : object, changes };
    });
    const all = await Promise.all(looked);
    return {
        objects: all.map(({ object }) => object as ManifestObject),
        changed: all.flatMap(({ object, changes }) =>
            changes.map((change) => lineOf(object as ManifestObject, change)),
        ),
    };
}

/**
 * The object after admission; undefined if the API server refuses, for example because a webhook does not support dry
 * runs.
 */
async function dryRun(context: string, object: ManifestObject): Promise<object | undefined> {
    const path = `${pathOf(object)}?dryRun=All&fieldManager=fluxcd-preflight&force=true`;
    const apply = { method: "PATCH", path, body: object, contentType: "application/apply-patch+yaml" } as const;
    return ask<object>(context, apply).catch(() => undefined);
}

/**
 * The declared fields with the cluster's values. Fields that only the cluster sets are left out: they are no
 * difference.
 */
function asMade(asked: unknown, made: unknown, path: string, changes: Change[]): unknown {
    if (Array.isArray(asked) && Array.isArray(made)) {
        return listAsMade(asked, made, path, changes);
    }
    if (isFields(asked) && isFields(made)) {
        return Object.fromEntries(
            Object.entries(asked).map(([name, value]) => [
                name,
                asMade(value, made[name], path === "" ? name : `${path}.${name}`, changes),
            ]),
        );
    }
    if (isSame(asked, made)) {
        return asked;
    }
    changes.push({ path, asked, made });
    return made;
}

/**
 * Matches the elements of lists by name, otherwise by position. Additional objects in a list are left out: someone may
 * have added them by hand. A list of plain values is replaced as a unit, because Kubernetes does not merge it.
 */
function listAsMade(asked: readonly unknown[], made: readonly unknown[], path: string, changes: Change[]): unknown[] {
    if (![...asked, ...made].some(isFields)) {
        if (asked.length !== made.length || asked.some((each, index) => !isSame(each, made[index]))) {
            changes.push({ path, asked, made });
            return [...made];
        }
        return [...asked];
    }
    const names = asked.map(nameOf);
    const named = !names.includes(undefined) && new Set(names).size === names.length;
    return asked.map((each, index) => {
        const own = named ? made.find((it) => nameOf(it) === names[index]) : made[index];
        const at = named ? `${path}.${names[index] ?? ""}` : `${path}[${index}]`;
        return own === undefined ? each : asMade(each, own, at, changes);
    });
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string | undefined {
    return isFields(value) && typeof value.name === "string" ? value.name : undefined;
}

const units: Readonly<Record<string, number>> = {
    m: 1e-3,
    k: 1e3,
    Ki: 2 ** 10,
    M: 1e6,
    Mi: 2 ** 20,
    G: 1e9,
    Gi: 2 ** 30,
    T: 1e12,
    Ti: 2 ** 40,
};

/**
 * A number with a unit of Kubernetes: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
function quantity(text: string): number | undefined {
    const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/.exec(text) ?? [];
    return digits === undefined ? undefined : Number(digits) * (units[unit] ?? 1);
}

/** Whether two values are equal to Kubernetes: `1000m` equals `1`, and an empty value equals a missing one. */
function isSame(one: unknown, other: unknown): boolean {
    if (isEmpty(one) || isEmpty(other)) {
        return isEmpty(one) && isEmpty(other);
    }
    const [a, b] = [one, other].map((it) => (typeof it === "string" ? it : JSON.stringify(it)));
    if (a === undefined || b === undefined) {
        return false;
    }
    return a === b || (quantity(a) !== undefined && quantity(a) === quantity(b));
}

function isEmpty(value: unknown): boolean {
    return (
        value === undefined ||
        value === null ||
        value === "" ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}

function lineOf({ kind, metadata }: ManifestObject, { path, asked, made }: Change): string {
    const words = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
    return `${kind} ${metadata.name} ${path}: ${words(asked)} becomes ${words(made)}`;
}
