import type { Config } from "../config";
import type { Problem } from "../domain/problem";
import type { ManifestObject } from "../domain/objects";
import { type Written, written } from "./written";

/** The first release that has every field the program writes without options. docs/upgrade.md has the same version. */
const oldest = "v2.5.0";

/**
 * A part of a CRD's schema:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
interface Schema {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: Schema | boolean;
    readonly items?: Schema;
    readonly required?: readonly string[];
    readonly default?: unknown;
    readonly enum?: readonly unknown[];
    readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
}

interface Definition {
    readonly spec: {
        readonly group?: string;
        readonly names?: { readonly kind: string };
        readonly versions?: readonly Version[];
    };
}

interface Version {
    readonly name: string;
    readonly served?: boolean;
    readonly schema?: { readonly openAPIV3Schema?: Schema };
}

/**
 * Refuses a release of Flux whose API does not have all fields that the program writes. The API server silently drops
 * unknown fields. Each preview would show them again; and if it dropped `deletionPolicy`, a destroy would delete the
 * workloads.
 */
export function fitProblems(config: Config, objects: readonly ManifestObject[]): Problem[] {
    const definitions = objects.filter(({ kind }) => kind === "CustomResourceDefinition") as unknown as Definition[];
    const reasons = written(config).flatMap((it) => lacks(it, definitions).map((lack) => `${lack} (${it.what})`));
    const { version: value } = config.flux;
    const expected = `it lacks fields that the program writes. The program needs Flux ${oldest} or newer, and some options need a newer release: ${[...new Set(reasons)].join("; ")}`;
    const fix = `pulumi config set --stack ${config.stack} fluxcd:fluxVersion <a newer release>   (or remove the option)`;
    return reasons.length > 0 ? [{ key: "fluxcd:fluxVersion", value, expected, fix }] : [];
}

/**
 * The fields and values of an object that the CRDs do not have. A malformed CRD without versions is skipped, because
 * the API server refuses it anyway.
 */
function lacks({ apiVersion, kind, spec }: Written, definitions: readonly Definition[]): string[] {
    const [group, name] = apiVersion.split("/");
    const definition = definitions.find((it) => it.spec.group === group && it.spec.names?.kind === kind);
    const { versions } = definition?.spec ?? {};
    if (versions === undefined) {
        return [];
    }
    const version = versions.find((it) => it.name === name && it.served !== false);
    if (version === undefined) {
        const served = versions.filter((it) => it.served !== false).map((it) => it.name);
        return [`${kind} has no version ${name ?? ""}, only ${served.join(", ")}`];
    }
    return lacking(version.schema?.openAPIV3Schema ?? {}, { spec }, []).map((lack) => `${kind} has no ${lack}`);
}

/** The fields of a value that a schema does not have, those that it requires, and the values that it does not accept. */
function lacking(schema: Schema, value: unknown, path: readonly string[]): string[] {
    if (Array.isArray(value)) {
        return value.flatMap((each) => lacking(schema.items ?? {}, each, path));
    }
    if (typeof value === "object" && value !== null) {
        const missing = (schema.required ?? []).filter((name) => {
            return !Object.hasOwn(value, name) && schema.properties?.[name]?.default === undefined;
        });
        const fields = Object.entries(value).flatMap(([name, field]) => {
            const of = fieldOf(schema, name);
            return of === undefined ? [[...path, name].join(".")] : lacking(of, field, [...path, name]);
        });
        return [...missing.map((name) => `${path.join(".")} without ${name}`), ...fields];
    }
    const isTaken = schema.enum === undefined || schema.enum.includes(value);
    return isTaken ? [] : [`${path.join(".")} ${String(value)}`];
}

/** The schema of a field; undefined if it is unknown. A schema without properties accepts any field. */
function fieldOf(schema: Schema, name: string): Schema | undefined {
    const { properties, additionalProperties: others } = schema;
    const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true || others === true;
    const rest = typeof others === "object" ? others : isOpen || !(properties ?? others) ? {} : undefined;
    return properties && Object.hasOwn(properties, name) ? properties[name] : rest;
}
