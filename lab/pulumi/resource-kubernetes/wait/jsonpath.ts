// `pulumi.com/waitFor: jsonpath={.status.phase}=Running`, in RFC 9535's language.
import { query } from "json-p3";
import type { ValueMap } from "../../values.ts";

export interface JsonPath {
    /** As written, for messages. */
    path: string;
    expression: string;
    value: string;
}

export interface Match {
    matched: boolean;
    message: string;
}

export function parseJsonPath(raw: string): JsonPath {
    const rest = raw.replace(/^jsonpath=/, "");
    // A single `=` is where the value begins; `==` belongs to the expression.
    const [path = "", value, ...more] = rest.split(/(?<!=)=(?!=)/);
    if (more.length > 0) throw new Error(`format should be {.path}=value or {.path}, got "${rest}"`);
    if (value === "") throw new Error(`${path}= requires a value`);
    if (path.startsWith("'") && path.endsWith("'")) throw new Error(`${path} should omit shell quotes`);
    const inner = /\{\s*(.*?)\s*\}/.exec(path)?.[1];
    if (inner === undefined) throw new Error(`${path} should be wrapped in brackets { ... }`);
    const expression = inner.startsWith("$") ? inner : `$${inner}`;
    try {
        query(expression, {});
    } catch (error) {
        throw new Error(`parsing "${path}": ${error instanceof Error ? error.message : String(error)}`, {
            cause: error,
        });
    }
    return { path, expression, value: value ?? "" };
}

export const textOf = ({ path, value }: JsonPath): string => (value ? `${path}=${value}` : path);

export function matches(jsonPath: JsonPath, object: ValueMap): Match {
    const found = query(jsonPath.expression, object).values();
    const [first] = found;
    if (found.length === 0) return { matched: false, message: `${jsonPath.path} selected nothing` };
    if (typeof first === "object" && first !== null) {
        if (!jsonPath.value) return { matched: true, message: `Found ${textOf(jsonPath)}` };
        throw new Error(`"${jsonPath.path}" has a non-primitive value (${JSON.stringify(first)})`);
    }
    const value = String(first);
    const matched = !jsonPath.value || value === jsonPath.value;
    const message = matched ? `Found ${textOf(jsonPath)}` : `Waiting for ${textOf(jsonPath)} (found "${value}")`;
    return { matched, message };
}
