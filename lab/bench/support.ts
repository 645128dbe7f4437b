import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { down } from "../down.ts";
import type { LabError, RequestRecord } from "../github/lab.ts";
import { labDirectory } from "../paths.ts";
import { readSettings, saveSettings } from "../settings.ts";
import { shell } from "../shell.ts";
import { readStatus } from "../status.ts";
import { up } from "../up.ts";
import type { Bench, Figure } from "./scenario.ts";

/** Where a scenario may leave what it works with; gone with the lab. */
export const workDirectory = join(labDirectory, "bench");

/**
 * A lab in which nothing has happened yet. It has the addresses, the token and the host key of the one that it replaces,
 * so that what was said to that one may be said again.
 */
export async function freshLab(): Promise<void> {
    const settings = readSettings();
    const hostKey = join(labDirectory, "github", "host_key");
    const key = settings && existsSync(hostKey) ? readFileSync(hostKey) : undefined;
    await down();
    if (settings) saveSettings(settings);
    if (key) {
        mkdirSync(dirname(hostKey), { recursive: true });
        writeFileSync(hostKey, key, { mode: 0o600 });
    }
    await up();
}

/** dev as it is before something else is measured: without the pauses that make its first `up` long. */
export async function devFromNothing(): Promise<void> {
    await shell(`pulumi up -y -s dev --skip-preview ${unpaused}`);
}

/** Takes GitHub's pauses between writes away. */
export const unpaused = "-c github:writeDelayMs=0 -c github:parallelRequests=true";

export interface Asked {
    readonly reads: number;
    readonly writes: number;
}

/** Seconds of the work, and what was meanwhile asked of GitHub's API or pushed; not what Flux asks of git. */
export async function counted(
    bench: Bench,
    title: string,
    work: () => Promise<unknown>,
): Promise<Asked & { readonly seconds: number }> {
    await forgetRequests();
    const seconds = await bench.seconds(title, work);
    return { seconds, ...countOf(await requests()) };
}

export async function forgetRequests(): Promise<void> {
    await shell("curl -fsS -X DELETE $LAB_GITHUB_URL/_lab/requests");
}

export async function requests(): Promise<RequestRecord[]> {
    const all = JSON.parse(await shell("curl -fsS $LAB_GITHUB_URL/_lab/requests")) as RequestRecord[];
    return all.filter(({ via }) => via !== "git-ssh");
}

export function countOf(asked: readonly RequestRecord[]): Asked {
    const count = (kind: RequestRecord["kind"]) => asked.filter((request) => request.kind === kind).length;
    return { reads: count("read"), writes: count("write") };
}

/** A row of the table of requests, from the values `<id>.reads` and `<id>.writes`. */
export function requestFigures(id: string, what: string, of: (id: string) => readonly number[]): Figure[] {
    return (["reads", "writes"] as const).map((series) => ({
        id: `${id}.${series}`,
        what: `${what}: ${series}`,
        unit: "requests",
        values: of(`${id}.${series}`),
        group: "Requests to GitHub",
        point: { series, at: what },
    }));
}

/** Runs a command in a clone of each repository. */
export async function inEachRepository(command: string): Promise<void> {
    mkdirSync(workDirectory, { recursive: true });
    for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"]) {
        const clone = join(workDirectory, repository);
        if (!existsSync(clone))
            await shell(`git clone -q $LAB_GITHUB_URL/misua/${repository}.git`, undefined, workDirectory);
        await shell(command, undefined, clone);
    }
}

/** MiB that all processes of the lab hold. */
export async function memoryOfTheLab(): Promise<number> {
    const { memoryBytes } = await readStatus();
    return memoryBytes / 2 ** 20;
}

/** What GitHub's stand-in could not do as GitHub does it: figures of a run with one of these mean nothing. */
export async function proveNoErrors(): Promise<void> {
    if (!existsSync(join(labDirectory, "env.sh"))) return;
    const errors = JSON.parse(await shell("curl -fsS $LAB_GITHUB_URL/_lab/errors")) as LabError[];
    const [first] = errors;
    if (first) throw new Error(`GitHub's stand-in failed at ${first.method} ${first.path}: ${first.message}`);
}
