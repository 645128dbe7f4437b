// Property values as they travel between the engine and a provider: JSON, with marks for secrets and unknowns.

export type Value = null | boolean | number | string | Value[] | ValueMap;
export interface ValueMap {
    [key: string]: Value;
}

const mark = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

/** What the engine sends for a value that is only known after something else was created. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isMap = (value: unknown): value is ValueMap =>
    typeof value === "object" && value !== null && !Array.isArray(value);

export const text = (value: Value | undefined): string => (typeof value === "string" ? value : "");

export const isSecret = (value: Value | undefined): value is ValueMap => isMap(value) && value[mark] === secretMark;

export const secret = (value: Value): Value => (isSecret(value) ? value : { [mark]: secretMark, value });

export const reveal = (value: Value): Value => (isSecret(value) ? reveal(value.value ?? null) : value);

/** The value without marks, at any depth. */
export function plain(value: Value): Value {
    const bare = reveal(value);
    if (Array.isArray(bare)) return bare.map(plain);
    if (!isMap(bare)) return bare;
    return Object.fromEntries(Object.entries(bare).map(([key, item]) => [key, plain(item)]));
}

export const plainMap = (value: ValueMap): ValueMap => plain(value) as ValueMap;

export const some = (value: Value, test: (value: Value) => boolean): boolean =>
    test(value) ||
    (typeof value === "object" && value !== null && Object.values(value).some((item) => some(item, test)));

export const hasUnknown = (value: Value): boolean => some(value, (item) => item === unknown);

export const hasSecret = (value: Value): boolean => some(value, isSecret);

export function equal(one: Value | undefined, other: Value | undefined): boolean {
    if (one === other) return true;
    if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
    if (Array.isArray(one) !== Array.isArray(other)) return false;
    const [left, right] = [one as ValueMap, other as ValueMap];
    const keys = Object.keys(left);
    return (
        keys.length === Object.keys(right).length &&
        keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]))
    );
}
