import { equal, isMap, plain, unknown, type ValueMap } from "../values.ts";
import { kinds } from "./resources.ts";

export interface Failure {
    property: string;
    reason: string;
}

export const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

export function kindOf(type: string) {
    const kind = kinds[type];
    if (!kind) {
        const known = Object.keys(kinds).map((token) => token.split(":").at(-1));
        throw new Error(`${type}: this stand-in for the random provider does ${known.join(" and ")} only`);
    }
    return kind;
}

export function check(type: string, inputs: ValueMap): Failure[] {
    const { inputs: names } = kindOf(type);
    const failures = Object.keys(inputs)
        .filter((name) => name !== "keepers" && !name.startsWith("__") && !names.includes(name))
        .map((name) => ({ property: name, reason: `${name} is not an input of ${type}` }));
    const [size] = names;
    const length = plain(inputs[size] ?? null);
    if (length !== unknown && !(Number.isInteger(length) && Number(length) >= 1))
        failures.push({ property: size, reason: `${size} must be a whole number of at least 1` });
    if (inputs.keepers !== undefined && plain(inputs.keepers) !== unknown && !isMap(plain(inputs.keepers)))
        failures.push({ property: "keepers", reason: "keepers must be a map of strings" });
    return failures;
}

/** The inputs that differ; every one of them means another draw, so a replacement. */
export function changes(type: string, old: ValueMap, now: ValueMap): string[] {
    return ["keepers", ...kindOf(type).inputs].filter(
        (name) => !equal(plain(old[name] ?? null), plain(now[name] ?? null)),
    );
}
