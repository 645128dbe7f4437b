import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { labEnvironment } from "./lab";
import { type Result, run } from "./run";
import { scratch } from "./stack";

/** What the API server says to objects, each on its own; it keeps none. */
export function tryOut(objects: readonly object[], ...args: string[]): Promise<Result> {
    const command = ["--context", "dev", "create", "--dry-run=server", "-f", fileOf(objects), ...args];
    return run("kubectl", command, { env: labEnvironment() });
}

/** A file with these objects, for kubectl. */
export function fileOf(objects: readonly object[]): string {
    const file = join(mkdtempSync(join(scratch, "objects-")), "objects.yaml");
    writeFileSync(file, objects.map((object) => stringify(object)).join("---\n"));
    return file;
}

/** How often these words come. */
export const count = (text: string, words: string) => text.split(words).length - 1;
