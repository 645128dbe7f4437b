import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join, sep } from "node:path";

/** Windows starts files with these suffixes itself. Node.js starts no other ones without a shell. */
const startable = [".com", ".exe"];

/** The file of a program on the PATH of a system; undefined if it is not there. */
export async function programOnPath(
    name: string,
    env: NodeJS.ProcessEnv = process.env,
    platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
    const suffixes = platform === "win32" ? suffixesOf(env) : [""];
    const folders = foldersOf(env, platform).map((folder) => folder.replaceAll('"', ""));
    for (const folder of folders.filter((it) => it !== "")) {
        for (const suffix of suffixes) {
            const file = join(folder, `${name}${suffix}`);
            if (await isProgram(file)) {
                return file;
            }
        }
    }
    return undefined;
}

/**
 * The environment without npm's additions to the PATH: npm puts the project's programs first, but the user runs
 * `pulumi` without npm.
 */
export function environmentWithoutNpm(): NodeJS.ProcessEnv {
    const own = (folder: string) =>
        !folder.endsWith(join("node_modules", ".bin")) && !folder.includes(`${sep}node-gyp-bin`);
    const folders = foldersOf(process.env, process.platform).filter(own);
    return { ...process.env, PATH: folders.join(delimiterOf(process.platform)) };
}

function foldersOf(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string[] {
    return (variable(env, "PATH") ?? "").split(delimiterOf(platform));
}

function delimiterOf(platform: NodeJS.Platform): string {
    return platform === "win32" ? ";" : ":";
}

function suffixesOf(env: NodeJS.ProcessEnv): string[] {
    const given = (variable(env, "PATHEXT") ?? startable.join(";")).toLowerCase().split(";");
    return given.filter((suffix) => startable.includes(suffix));
}

/** Windows ignores the case of a variable's name: its PATH is often called Path. */
function variable(env: NodeJS.ProcessEnv, name: string): string | undefined {
    return env[name] ?? Object.entries(env).find(([key]) => key.toUpperCase() === name)?.[1];
}

async function isProgram(file: string): Promise<boolean> {
    try {
        await access(file, constants.X_OK);
        return (await stat(file)).isFile();
    } catch {
        return false;
    }
}
