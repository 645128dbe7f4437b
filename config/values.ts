import { z } from "zod";

import type { Problem } from "../domain/problem";

export type Values = Record<string, unknown>;

/** Every value under a namespace of a stack's settings, strings as they are and the rest decoded from JSON. */
export function valuesOf(all: Readonly<Record<string, string>>, namespace: string, schema: z.ZodObject): Values {
    const prefix = `${namespace}:`;
    const entries = Object.entries(all)
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value] as const);
    return Object.fromEntries(entries.map(([key, value]) => [key, isText(schema.shape[key]) ? value : decode(value)]));
}

/** Where values come from, to name their keys and the command that fixes them. */
export interface Origin {
    readonly stack: string;
    readonly namespace: string;
    readonly values: Values;
}

/** The parsed values, or nothing and the problems added, each with its key. */
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
                expected: `there is no such key; expected one of ${knownKeys(schema, issue.path).join(", ")}`,
                fix: `pulumi config rm --stack ${stack} ${flag}'${unknown}'`,
            };
        });
    }
    const value = valueAt(values, issue.path);
    const expected = value === undefined ? `is missing: ${issue.message}` : issue.message;
    return [{ key, value, expected, fix: `pulumi config set --stack ${stack} ${path}'${key}' <value>` }];
}

function knownKeys(schema: z.ZodObject, path: readonly PropertyKey[]): string[] {
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
    return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

/** What a schema is of, where it may also be left out. */
function withDefault(schema: unknown): unknown {
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
