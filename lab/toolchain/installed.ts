import { access, constants, realpath, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { execa } from "execa";
import which from "which";
import { checkout, cacheDirectory } from "../paths.ts";
import { isOlder } from "./go.ts";
import { tools, type Tool, type ToolName } from "./tools.ts";

/** The tool as this person has installed it, if it serves as well as the lab's own build. */
export async function installedTool(name: ToolName): Promise<string | undefined> {
    if (name.startsWith("pulumi-resource-")) return installedPlugin(name);
    const wanted: Tool["installed"] = tools[name].installed;
    if (wanted === "never") return undefined;
    const path = await onPath(name);
    if (path === undefined) return undefined;
    const version = await versionOf(name, path);
    if (version === undefined) return undefined;
    const serves = "same" in wanted ? version === wanted.same : !isOlder(version, wanted.notOlderThan);
    return serves ? path : undefined;
}

/** What belongs to a CLI and is beside it where Pulumi made both, such as the language host `pulumi-language-nodejs`. */
export async function besideCli(cli: string, name: string): Promise<string | undefined> {
    return executable(join(dirname(await realpath(cli)), name));
}

/** A provider's plugin: on the PATH, or among those that Pulumi has downloaded, in the npm package's version. */
async function installedPlugin(name: string): Promise<string | undefined> {
    return (await onPath(name)) ?? executable(await downloadedPlugin(name));
}

async function downloadedPlugin(name: string): Promise<string | undefined> {
    const provider = name.replace("pulumi-resource-", "");
    const packageJson = join(checkout, "node_modules", "@pulumi", provider, "package.json");
    const text = await readFile(packageJson, "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    const { version } = JSON.parse(text) as { version: string };
    const home = process.env.PULUMI_HOME ?? join(homedir(), ".pulumi");
    return join(home, "plugins", `resource-${provider}-v${version}`, name);
}

/** Not what a lab put there: the wrappers of any checkout's `.lab/bin`, and the builds in the cache. */
async function onPath(name: string): Promise<string | undefined> {
    const directories = (process.env.PATH ?? "")
        .split(delimiter)
        .filter((directory) => !directory.includes(`${sep}.lab${sep}`) && !directory.startsWith(cacheDirectory));
    return (await which(name, { path: directories.join(delimiter), nothrow: true })) ?? undefined;
}

async function executable(path: string | undefined): Promise<string | undefined> {
    if (path === undefined) return undefined;
    return access(path, constants.X_OK).then(
        () => path,
        () => undefined,
    );
}

async function versionOf(name: ToolName, path: string): Promise<string | undefined> {
    const args = name === "pulumi" ? ["version"] : name === "kubectl" ? ["version", "--client"] : ["--version"];
    const { all } = await execa(path, args, { reject: false, all: true, timeout: 10_000 });
    const version = /\bv?(\d+\.\d+\.\d+)/.exec(all)?.[1];
    return version === undefined ? undefined : `v${version}`;
}
