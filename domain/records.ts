/** The record, with each value mapped. */
export function mapValues<T, R>(
    record: Readonly<Record<string, T>>,
    to: (value: T, name: string) => R,
): Record<string, R> {
    return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]));
}

/** The values that are not undefined. */
export function compact<T>(values: readonly (T | undefined)[]): T[] {
    return values.filter((value) => value !== undefined);
}

/** The value of a name in a record. Throws an Error if the record does not have the name. */
export function required<T>(record: Readonly<Record<string, T>>, name: string): T {
    const value = record[name];
    if (value === undefined) {
        throw new Error(`There is no ${name} among ${Object.keys(record).join(", ")}.`);
    }
    return value;
}
