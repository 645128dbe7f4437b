import { z } from "zod";

import { componentNames } from "../../config/flux";
import { fluxcdSchema, githubSchema } from "../../config/schema";
import { duration } from "../../domain/duration";

/** A part of a JSON schema. */
export interface Property {
    readonly type?: string;
    readonly const?: string;
    readonly anyOf?: readonly Property[];
    readonly oneOf?: readonly Property[];
    readonly pattern?: string;
    readonly enum?: readonly string[];
    readonly default?: unknown;
    readonly items?: Property;
    readonly additionalProperties?: Property | boolean;
    readonly properties?: Properties;
    readonly required?: readonly string[];
}

type Properties = Readonly<Record<string, Property>>;

/** The keys of an object, and those that it needs. */
export interface Keys {
    readonly properties: Properties;
    readonly required: readonly string[];
}

export const fluxcd = keysOf(described(fluxcdSchema));
export const github = keysOf(described(githubSchema));

/** Every object in a setting, by its path, such as `fluxcd:sources.<name>.verify` or `fluxcd:promotion.freezes[]`. */
export const nested: Readonly<Record<string, Keys>> = Object.fromEntries(
    Object.entries(fluxcd.properties).flatMap(([name, property]) => objectsIn(`fluxcd:${name}`, property)),
);

/** The type of a key, as a document has it. */
export function typeOf(property: Property): string {
    const { anyOf, pattern, type = "string" } = property;
    return anyOf ? anyOf.map(typeOf).join(" or ") : pattern === durationPattern ? "duration" : type;
}

/** The values that a key may have; empty if there are many. */
export function valuesOf({ const: only, enum: values, items }: Property): readonly string[] {
    return values ?? items?.enum ?? (only === undefined ? [] : [only]);
}

/** Whether a setting has a key, given as its parts; a part that is a name or an index of a list fits any. */
export function hasKey(namespace: string, [first = "", ...rest]: readonly string[]): boolean {
    const { properties } = namespace === "github" ? github : fluxcd;
    const property = properties[first];
    return property !== undefined && isIn(property, rest);
}

function isIn(property: Property, [part, ...rest]: readonly string[]): boolean {
    if (part === undefined) {
        return true;
    }
    if (/^\d*$/.test(part)) {
        return property.items !== undefined && isIn(property.items, rest);
    }
    const { [part]: known } = keysOf(property).properties;
    const { additionalProperties: any } = property;
    return known ? isIn(known, rest) : typeof any === "object" && isIn(any, rest);
}

function objectsIn(path: string, property: Property): [string, Keys][] {
    const keys = keysOf(property);
    const names = Object.keys(keys.properties);
    const { additionalProperties: values, items } = property;
    // A map by controller has the names of all of them.
    const isMap = names.length === 0 || names.every((name) => (componentNames as readonly string[]).includes(name));
    return [
        ...(isMap ? [] : [[path, keys] as [string, Keys]]),
        ...(isMap ? [] : names.flatMap((name) => objectsIn(`${path}.${name}`, keys.properties[name] ?? {}))),
        ...(typeof values === "object" ? objectsIn(`${path}.<name>`, values) : []),
        ...(items ? objectsIn(`${path}[]`, items) : []),
    ];
}

/** The keys of an object; of a union, those of all its options, of which each needs what all of them need. */
function keysOf({ properties, required = [], oneOf = [] }: Property): Keys {
    if (properties) {
        return { properties, required };
    }
    const options = oneOf.map(keysOf);
    const names = new Set(options.flatMap((option) => Object.keys(option.properties)));
    const merged = [...names].map((name) => {
        const found = options.flatMap((option) => option.properties[name] ?? []);
        const values = found.flatMap(valuesOf);
        return [name, { ...found[0], ...(values.length > 0 && { enum: values }) }] as const;
    });
    const needed = [...names].filter((name) => options.every((option) => option.required.includes(name)));
    return { properties: Object.fromEntries(merged), required: needed };
}

function described(schema: z.ZodType): Property {
    return z.toJSONSchema(schema, { io: "input" }) as Property;
}

const { pattern: durationPattern } = described(duration);
