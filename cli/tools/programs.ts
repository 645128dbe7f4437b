import { existsSync, statSync } from "node:fs";
import { posix, win32 } from "node:path";

/** The parts of a system on which the lookup of programs depends. */
export interface System {
    readonly platform: NodeJS.Platform;
    readonly env: Readonly<NodeJS.ProcessEnv>;
    readonly isFile: (path: string) => boolean;
}

/** The system that this process runs on. */
export const thisSystem: System = {
    platform: process.platform,
    env: process.env,
    isFile: (path) => existsSync(path) && statSync(path).isFile(),
};

/**
 * The path of a program as a shell finds it; undefined if it is not on the PATH. On Windows, the folders are between
 * semicolons, a file has one of the suffixes in PATHEXT, and the variable may be called `Path`.
 * https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/path
 */
export function findProgram(name: string, { platform, env, isFile }: System = thisSystem): string | undefined {
    const isWindows = platform === "win32";
    const paths = isWindows ? win32 : posix;
    const folders = pathIn(env, isWindows)
        .split(paths.delimiter)
        .map((folder) => (isWindows ? folder.replace(/^"(.*)"$/, "$1") : folder))
        .filter((folder) => folder !== "");
    const suffixes = isWindows ? (env.PATHEXT ?? ".COM;.EXE;.BAT;.CMD").split(";").filter((it) => it !== "") : [""];
    const hasSuffix = suffixes.some((it) => it !== "" && name.toLowerCase().endsWith(it.toLowerCase()));
    const names = hasSuffix ? [name] : suffixes.map((suffix) => name + suffix.toLowerCase());
    return folders.flatMap((folder) => names.map((it) => paths.join(folder, it))).find(isFile);
}

/**
 * How to start a program: Node starts files with `.cmd` and `.bat`, as some package managers install them on Windows,
 * only in a shell. The arguments must then not come from a user.
 * https://nodejs.org/api/child_process.html#spawning-bat-and-cmd-files-on-windows
 */
export function needsShell(path: string | undefined, platform: NodeJS.Platform = process.platform): boolean {
    return platform === "win32" && path !== undefined && /\.(cmd|bat)$/i.test(path);
}

/**
 * The environment without npm's additions to the PATH: npm puts the project's programs first, but the user runs
 * `pulumi` without npm.
 */
export function ownEnvironment({ platform, env }: Pick<System, "platform" | "env"> = thisSystem): NodeJS.ProcessEnv {
    const isWindows = platform === "win32";
    const { delimiter, sep } = isWindows ? win32 : posix;
    const isOwn = (folder: string) =>
        !folder.endsWith(`node_modules${sep}.bin`) && !folder.includes(`${sep}node-gyp-bin`);
    const others = Object.entries(env).filter(([name]) => !isPath(name, isWindows));
    const path = pathIn(env, isWindows).split(delimiter).filter(isOwn).join(delimiter);
    return { ...Object.fromEntries(others), PATH: path };
}

function pathIn(env: Readonly<NodeJS.ProcessEnv>, isWindows: boolean): string {
    return Object.entries(env).find(([name]) => isPath(name, isWindows))?.[1] ?? "";
}

/** Windows ignores the case of a variable's name. */
function isPath(name: string, isWindows: boolean): boolean {
    return isWindows ? name.toUpperCase() === "PATH" : name === "PATH";
}
