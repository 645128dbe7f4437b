import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import { cacheDirectory, checkout } from "../paths.ts";
import { exclusively } from "./build.ts";
import type { Log } from "./progress.ts";

/** What Pulumi publishes as downloads: its CLI, with the Node.js language host beside it, and its providers' plugins. */
export const published = [
    "pulumi",
    "pulumi-resource-github",
    "pulumi-resource-kubernetes",
    "pulumi-resource-random",
] as const;

export type Published = (typeof published)[number];

/** How they are downloaded. */
export interface Installer {
    /** Whether Pulumi's downloads can be reached, told soon. */
    reachable: () => Promise<boolean>;
    /** Puts `bin/pulumi` and what belongs to it under a folder. */
    cli: (version: string, root: string) => Promise<void>;
    /** Puts `plugins/resource-<provider>-v<version>` under a folder. */
    provider: (cli: string, provider: string, version: string, home: string) => Promise<void>;
}

const probeMs = 3000;
const leftover = ".download-";

const pulumis: Installer = {
    reachable: () =>
        fetch("https://get.pulumi.com/install.sh", { method: "HEAD", signal: AbortSignal.timeout(probeMs) }).then(
            ({ ok }) => ok,
            () => false,
        ),
    cli: async (_, root) => {
        // It loads the whole engine's protocol, which nobody needs who downloads nothing.
        const { PulumiCommand: command } = (await import("@pulumi/pulumi/automation/cmd.js")) as {
            PulumiCommand: typeof PulumiCommand;
        };
        // Its default is the version that it is of itself.
        await command.install({ root });
    },
    provider: async (cli, provider, version, home) => {
        await execa(cli, ["plugin", "install", "resource", provider, version], {
            env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
        });
    },
};

export interface DownloadOptions {
    readonly log?: Log | undefined;
    readonly installer?: Installer;
    /** Where downloads are kept: one folder for each version. */
    readonly directory?: string;
}

/**
 * Where each of them is, as Pulumi publishes it in the versions of the npm packages: downloaded before, or now where that
 * is possible. What cannot be downloaded is left out. A download that is interrupted leaves no tool.
 */
export async function downloaded(
    names: readonly Published[],
    cli: string | undefined,
    { log, installer = pulumis, directory = join(cacheDirectory, "official") }: DownloadOptions = {},
): Promise<Map<Published, string>> {
    const found = new Map<Published, string>();
    const look = () => {
        for (const name of names) {
            const path = pathOf(name, directory);
            if (existsSync(path)) found.set(name, path);
        }
        return names.filter((name) => !found.has(name));
    };
    if (look().length === 0) return found;
    if (!(await installer.reachable())) {
        log?.(
            "Pulumi's downloads cannot be reached: what of Pulumi is not installed is built, and its host stood in for",
        );
        return found;
    }
    await mkdir(directory, { recursive: true });
    await exclusively(directory, log, async () => {
        for (const name of look()) {
            log?.(`downloading ${name} ${versionOf(name)}, as Pulumi publishes it`);
            try {
                await download(name, cli ?? found.get("pulumi"), installer, directory);
            } catch (error) {
                log?.(`${name} could not be downloaded, so it is built: ${String(error)}`);
            }
            look();
        }
    });
    return found;
}

async function download(
    name: Published,
    cli: string | undefined,
    installer: Installer,
    directory: string,
): Promise<void> {
    for (const entry of await readdir(directory))
        if (entry.startsWith(leftover)) await rm(join(directory, entry), { recursive: true });
    const fresh = await mkdtemp(join(directory, leftover));
    try {
        if (name === "pulumi") await installer.cli(versionOf(name), fresh);
        else if (cli === undefined) throw new Error("there is no CLI to download it with");
        else await installer.provider(cli, providerOf(name), versionOf(name), fresh);
        if (!existsSync(join(fresh, within(name))))
            throw new Error(`there is no ${within(name)} in what was downloaded`);
        // A tool gets its name only when it is whole.
        await rm(join(directory, folderOf(name)), { recursive: true, force: true });
        await rename(fresh, join(directory, folderOf(name)));
    } finally {
        await rm(fresh, { recursive: true, force: true });
    }
}

function pathOf(name: Published, directory: string): string {
    return join(directory, folderOf(name), within(name));
}

function folderOf(name: Published): string {
    return name === "pulumi" ? `pulumi-v${versionOf(name)}` : `resource-${providerOf(name)}-v${versionOf(name)}`;
}

function within(name: Published): string {
    return name === "pulumi" ? join("bin", name) : join("plugins", folderOf(name), name);
}

function providerOf(name: Published): string {
    return name.replace("pulumi-resource-", "");
}

/** The version of the npm package that talks to it. */
function versionOf(name: Published): string {
    const file = join(checkout, "node_modules", "@pulumi", providerOf(name), "package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
