// When the program considers an object ready: the `pulumi.com/waitFor` annotation.
import { isMap, text, type ValueMap } from "../../values.ts";
import type { Severity } from "../log.ts";
import { annotation, listAt, numberAt } from "../object.ts";
import { matches, parseJsonPath } from "./jsonpath.ts";

export interface Verdict {
    ready: boolean;
    message?: string;
    severity?: Severity;
}

export type Condition = (object: ValueMap) => Verdict;

/** The conditions that must all hold; nothing if the annotation is not there. */
export function waitFor(object: ValueMap): Condition[] | undefined {
    const given = annotation(object, "waitFor");
    return given === "" ? undefined : expressions(given).map(parse);
}

function expressions(given: string): string[] {
    let list: unknown;
    try {
        list = JSON.parse(given);
    } catch {
        return [given];
    }
    if (!Array.isArray(list) || !list.every((item): item is string => typeof item === "string")) return [given];
    if (list.length === 0) throw new Error("at least one condition must be specified");
    return list;
}

function parse(expression: string): Condition {
    if (expression.startsWith("condition=")) return condition(expression.slice("condition=".length));
    if (!expression.startsWith("jsonpath="))
        throw new Error(`expected a "jsonpath=" or "condition=" prefix, got "${expression}"`);
    const path = parseJsonPath(expression);
    return (object) => {
        if (isBehind(object, numberAt(object, "status", "observedGeneration"))) return { ready: false };
        const { matched, message } = matches(path, object);
        return { ready: matched, message };
    };
}

function condition(expression: string): Condition {
    const split = expression.indexOf("=");
    const type = split < 0 ? expression : expression.slice(0, split);
    const wanted = split < 0 ? "True" : expression.slice(split + 1);
    const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();
    return (object) => {
        const conditions = listAt(object, "status", "conditions").filter(isMap);
        if (conditions.length === 0) return { ready: false, message: "Has no .status.conditions", severity: "warning" };
        const found = conditions.find((one) => same(text(one.type), type));
        if (!found) return { ready: false };
        const observed = numberAt(found, "observedGeneration") ?? numberAt(object, "status", "observedGeneration");
        if (isBehind(object, observed)) {
            const generation = numberAt(object, "metadata", "generation") ?? 0;
            return { ready: false, message: `Generation ${observed ?? 0} is less than expected ${generation}` };
        }
        if (same(text(found.status), wanted)) return { ready: true };
        return { ready: false, message: `Resource has condition ${type}=${text(found.status)} (want ${wanted})` };
    };
}

/** Its controller has not seen the last change yet. */
export function isBehind(object: ValueMap, observed: number | undefined): boolean {
    const generation = numberAt(object, "metadata", "generation");
    return generation !== undefined && observed !== undefined && observed < generation;
}
