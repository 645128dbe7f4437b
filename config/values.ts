import { z } from "zod";

import type { Problem } from "../domain/problem";

export type Values = Record<string, unknown>;

/** The values under a namespace of a stack's settings: strings unchanged, all others decoded from JSON. */
export function valuesOf(all: Readonly<Record<string, string>>, namespace: string, schema: z.ZodObject): Values {
    const prefix = `${namespace}:`;
    const entries = Object.entries(all)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value] as const);
    return Object.fromEntries(entries.map(([key, value]) => [key, isText(schema.shape[key]) ? value : decode(value)]));
}

/** The origin of values, for their keys and for the commands that fix them. */
export interface Origin {
    readonly stack: string;
    readonly namespace: string;
    readonly values: Values;
}

/** The parsed values. Otherwise undefined, and each problem is added to `problems` with its key. */
export function parseValues<T extends z.ZodObject>(
    origin: Origin,
    schema: T,
    problems: Problem[],
): z.infer<T> | undefined {
    const { data, error } = schema.safeParse(origin.values);
    problems.push(...(error?.issues.flatMap((issue) => problemsOf(origin, schema, issue)) ?? []));
    return data;
}

function problemsOf({ stack, namespace, values }: Origin, schema: z.ZodObject, issue: z.core.$ZodIssue): Problem[] {
    const key = `${namespace}:${issue.path.join(".")}`;
    const path = issue.path.length > 1 ? "--path " : "";
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((name) => {
            const unknown = `${key}${issue.path.length > 0 ? "." : ""}${name}`;
            const flag = issue.path.length > 0 ? "--path " : "";
            return {
                key: unknown,
                value: valueAt(values, [...issue.path, name]),
                expected: `there is no such key; expected one of ${knownKeys(schema, issue.path, values).join(", ")}`,
                fix: `pulumi config rm --stack ${stack} ${flag}'${unknown}'`,
            };
        });
    }
    const value = valueAt(values, issue.path);
    const expected = value === undefined ? `is missing: ${issue.message}` : issue.message;
    return [{ key, value, expected, fix: `pulumi config set --stack ${stack} ${path}'${key}' <value>` }];
}

function knownKeys(schema: z.ZodObject, path: readonly PropertyKey[], values: Values): string[] {
    const nested = path.reduce<unknown>((at, name) => {
        const within = withDefault(at);
        return within instanceof z.ZodArray
            ? within.element
            : within instanceof z.ZodRecord
              ? within.valueType
              : within instanceof z.ZodObject
                ? within.shape[String(name)]
                : undefined;
    }, schema);
    const found = withDefault(nested);
    const object = found instanceof z.ZodDiscriminatedUnion ? optionOf(found, valueAt(values, path)) : found;
    return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

/** The option of a union that matches a value. The keys of other options are not valid for it. */
function optionOf({ options, def: { discriminator } }: z.ZodDiscriminatedUnion, value: unknown): unknown {
    const kind = valueAt({ value }, ["value", discriminator]);
    const objects = options.map(withDefault).filter((option) => option instanceof z.ZodObject);
    const isMeant = ({ shape }: z.ZodObject) => (shape[discriminator] as z.ZodType).safeParse(kind).success;
    // Without a discriminator, the first option is the default.
    return kind === undefined ? objects[0] : objects.find(isMeant);
}

/** Unwraps `optional()`, `default()`, `preprocess()` and `transform()`. */
function withDefault(schema: unknown): unknown {
    if (schema instanceof z.ZodPipe) {
        return withDefault(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
    }
    return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? withDefault(schema.unwrap()) : schema;
}

function valueAt(values: Values, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (at, name) => (typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[name] : undefined),
        values,
    );
}

function isText(schema: unknown): boolean {
    const within = withDefault(schema);
    return within instanceof z.ZodString || within instanceof z.ZodEnum;
}

function decode(value: string): unknown {
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}
