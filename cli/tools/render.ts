import { execFile } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { CommandError, exitCodes } from "../terminal/exit";

const run = promisify(execFile);
const maxBuffer = 256 * 1024 * 1024;

/** A repository that Git reads over HTTP. */
export interface Origin {
    readonly cloneUrl: string;
    readonly token: string;
}

/** The command that builds a kustomization; the folder is added as its last argument. */
export type Kustomize = readonly [command: string, ...args: string[]];

/** Creates a directory with the files of a commit. Throws ENOENT if git is not installed. */
export async function fetchTree({ cloneUrl, token }: Origin, commit: string, directory: string): Promise<void> {
    await mkdir(directory);
    const env = { ...process.env, ...authorization(cloneUrl, token), GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
    const git = (...args: string[]) => run("git", args, { cwd: directory, env, maxBuffer });
    try {
        await git("init", "--quiet");
        await git("fetch", "--quiet", "--depth=1", cloneUrl, commit);
        await git("checkout", "--quiet", "FETCH_HEAD");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
            throw error;
        }
        const { stderr = "" } = error as { stderr?: string };
        throw new CommandError(exitCodes.failed, `git could not fetch ${commit} from ${cloneUrl}: ${stderr.trim()}`);
    }
}

/** Passes Git's settings for this URL through the environment, because all users of the machine can read arguments. */
function authorization(cloneUrl: string, token: string): Record<string, string> {
    const count = Number(process.env.GIT_CONFIG_COUNT ?? 0);
    const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
    return {
        GIT_CONFIG_COUNT: String(count + 1),
        [`GIT_CONFIG_KEY_${count}`]: `http.${cloneUrl}.extraHeader`,
        [`GIT_CONFIG_VALUE_${count}`]: `Authorization: Basic ${credentials}`,
    };
}

export const missingKustomize = "neither kustomize nor kubectl is on the PATH: https://kubernetes.io/docs/tasks/tools/";

/** The kustomize of this machine: the standalone one, or the one in kubectl; undefined if there is none. */
export async function findKustomize(): Promise<Kustomize | undefined> {
    const candidates: readonly Kustomize[] = [
        ["kustomize", "build"],
        ["kubectl", "kustomize"],
    ];
    const directories = (process.env.PATH ?? "").split(":");
    for (const candidate of candidates) {
        const found = await Promise.any(directories.map((it) => access(join(it, candidate[0])))).then(
            () => true,
            () => false,
        );
        if (found) {
            return candidate;
        }
    }
    return undefined;
}

/** The rendered manifests of a folder, or kustomize's error message if it cannot be built. */
export async function render([command, ...args]: Kustomize, directory: string): Promise<string | { failure: string }> {
    try {
        return (await run(command, [...args, directory], { maxBuffer })).stdout;
    } catch (error) {
        const { stderr = "" } = error as { stderr?: string };
        return { failure: stderr.trim().replaceAll(directory, ".") };
    }
}
