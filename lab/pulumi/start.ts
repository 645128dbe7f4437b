// A plugin is started for every command, so its start counts: Node keeps what it compiled for the next time.
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { cacheDirectory } from "../paths.ts";

const compiled = process.env.NODE_COMPILE_CACHE ?? join(cacheDirectory, "compiled");

/** Compiled code is written out at an orderly exit only, and the engine ends its plugins with a signal. */
export async function start(load: () => Promise<unknown>) {
    enableCompileCache(compiled);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit());
    await load();
}
