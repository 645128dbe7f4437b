import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { labDirectory } from "../paths.ts";

const logs = join(labDirectory, "pulumi-home", "logs");
const aside = `${logs}-aside`;

/**
 * Does it while Pulumi cannot write the log that it writes of every command, and has no setting against: a file stands
 * where the folder would be. https://github.com/pulumi/pulumi/pull/23731
 */
export async function unlogged<T>(work: () => Promise<T>): Promise<T> {
    if (existsSync(logs)) renameSync(logs, aside);
    writeFileSync(logs, "");
    try {
        return await work();
    } finally {
        rmSync(logs);
        if (existsSync(aside)) renameSync(aside, logs);
    }
}
