import { KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";

import type { Installed } from "../clients/installedFlux";
import { kubeconfigOf, withTimeout } from "../clients/cluster";
import type { ManifestObject } from "../domain/objects";

/** Flux's objects as a cluster takes them. */
export interface Admitted {
    readonly objects: readonly ManifestObject[];
    /** What the cluster makes of them, a field a line. */
    readonly changed: readonly string[];
}

/** What people are told of it. */
export function admissionWords({ changed }: Pick<Admitted, "changed">, context: string): string {
    const heading = `Admission in ${context} changes what is declared of Flux. Its values are taken for declared:`;
    return [heading, ...changed].join("\n    ");
}

/** One field that the cluster has in another way than it was asked to. */
interface Change {
    readonly path: string;
    readonly asked: unknown;
    readonly made: unknown;
}

/**
 * What the cluster's admission makes of the controllers that are there: a webhook or a policy may set resources or images of
 * its own, whoever asks for others. Declared as asked, that would be a difference in every preview for ever, and no update
 * could end it. So the API server is asked with a dry run, which changes nothing, and what it answers is what is declared.
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
    const api = KubernetesObjectApi.makeApiClient(kubeconfigOf(context));
    const looked = objects.map(async (object) => {
        const { kind, metadata } = object;
        if (kind !== "Deployment" || !there.has(`${metadata.namespace ?? ""}/${metadata.name}`)) {
            return { object, changes: [] };
        }
        const answer = await dryRun(api, object);
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

/** The object as it would be; undefined where the API server does not say, such as for a webhook that takes no dry run. */
async function dryRun(api: KubernetesObjectApi, object: ManifestObject): Promise<object | undefined> {
    const by = "fluxcd-preflight";
    const patched = api.patch(object, undefined, "All", by, true, PatchStrategy.ServerSideApply);
    return withTimeout(patched).catch(() => undefined);
}

/** What was asked, with the values that were made of it. What was not asked for is left out, as it is no difference. */
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
 * Elements are the same by their name, else by their place. What was added to a list of objects is not taken over: it may be
 * somebody's, who has added it by hand. A list of values is whole, as Kubernetes merges nothing into it.
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

/** A number with one of Kubernetes' units: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
function quantity(text: string): number | undefined {
    const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/.exec(text) ?? [];
    return digits === undefined ? undefined : Number(digits) * (units[unit] ?? 1);
}

/** `1000m` is `1` to Kubernetes, and what is empty is left out. */
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
