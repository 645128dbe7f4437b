import { build, builtTool } from "./build.ts";
import { downloaded, published, type Published } from "./download.ts";
import { installedTool } from "./installed.ts";
import type { Log } from "./progress.ts";
import type { ToolName } from "./tools.ts";

export interface ToolchainOptions {
    readonly log?: Log;
    /** Whether what Pulumi publishes may be downloaded; it may. */
    readonly download?: boolean;
}

/**
 * Where each tool is: the one installed on this machine if it will do, else of Pulumi's what Pulumi publishes, where it can
 * be downloaded, else the lab's own, built if it is not there yet.
 */
export async function toolchain<N extends ToolName>(
    names: readonly N[],
    { log, download = true }: ToolchainOptions = {},
): Promise<Record<N, string>> {
    const found = new Map<ToolName, string | undefined>(
        await Promise.all(names.map(async (name) => [name, await installedTool(name)] as const)),
    );
    const isMissing = (name: ToolName) => found.has(name) && found.get(name) === undefined;
    const wanted = published.filter(isMissing);
    if (download && wanted.length > 0) {
        const official: Map<Published, string> = await downloaded(wanted, found.get("pulumi"), { log });
        for (const [name, path] of official) found.set(name, path);
    }
    await build(names.filter(isMissing), log);
    const paths = names.map((name) => [name, found.get(name) ?? builtTool(name)] as const);
    return Object.fromEntries(paths) as Record<N, string>;
}
