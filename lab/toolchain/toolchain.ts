import { build, builtTool } from "./build.ts";
import { installedTool } from "./installed.ts";
import type { Log } from "./progress.ts";
import type { ToolName } from "./tools.ts";

/** Where each tool is: the one installed on this machine if it will do, else the lab's own, built if it is not there yet. */
export async function toolchain<N extends ToolName>(
    names: readonly N[],
    { log }: { log?: Log } = {},
): Promise<Record<N, string>> {
    const installed = new Map(await Promise.all(names.map(async (name) => [name, await installedTool(name)] as const)));
    const own = names.filter((name) => installed.get(name) === undefined);
    await build(own, log);
    const paths = names.map((name) => [name, installed.get(name) ?? builtTool(name)] as const);
    return Object.fromEntries(paths) as Record<N, string>;
}
