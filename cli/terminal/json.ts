/** Incremented if a field is removed or its meaning changes, but not for a new field. */
const schemaVersion = 1;

/** Prints a JSON object to stdout, on one line if `line` is true. */
export function printJson(data: object, line = false): void {
    process.stdout.write(`${JSON.stringify({ schemaVersion, ...data }, undefined, line ? 0 : 2)}\n`);
}
