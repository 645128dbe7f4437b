import { join } from "node:path";

import { checkout, run, succeed } from "./run";

const directory = process.env.LAB_DIRECTORY ?? join(checkout, ".lab");

let known: NodeJS.ProcessEnv | undefined;

/** A file of the lab. */
export function labFile(...parts: readonly string[]): string {
    return join(directory, ...parts);
}

/** The environment that `source .lab/env.sh` gives a shell. */
export function labEnvironment(): NodeJS.ProcessEnv {
    if (known === undefined) {
        throw new Error("The lab is not up yet.");
    }
    return known;
}

/** A variable of it. */
export function variable(name: string): string {
    const value = labEnvironment()[name];
    if (value === undefined) {
        throw new Error(`.lab/env.sh sets no ${name}.`);
    }
    return value;
}

export async function sourceEnvironment(): Promise<void> {
    const script = `source '${labFile("env.sh")}' && env -0`;
    const { stdout } = await succeed("bash", ["-c", script], { secret: true });
    const pairs = stdout.split("\0").filter((line) => line.includes("="));
    known = Object.fromEntries(
        pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
}

/** Starts the lab, or what of it does not run. The first start builds the tools. */
export async function startLab(): Promise<void> {
    await succeed("npm", ["run", "--silent", "lab", "--", "up"], { timeoutSeconds: 90 * 60, show: true });
}

/** The path of a tool that people use beside the lab, built if it is not there. */
export async function tool(name: "sops" | "age-keygen" | "gofakes3" | "kubeconform"): Promise<string> {
    const args = ["run", "--silent", "lab", "--", "toolchain", name];
    const { stdout } = await succeed("npm", args, { timeoutSeconds: 30 * 60 });
    return stdout.trim().split(/\s+/)[1] ?? "";
}

export interface Controller {
    readonly cluster: string;
    readonly deployment: string;
    readonly ready: boolean;
    readonly pid?: number;
    /** The port on this machine of each port of the pod. */
    readonly ports: Readonly<Record<string, number>>;
}

/** The Flux processes, as `npm run lab -- status` knows them. */
export async function controllers(): Promise<Controller[]> {
    const { stdout } = await run("npm", ["run", "--silent", "lab", "--", "status", "--json"]);
    return (JSON.parse(stdout) as { controllers: Controller[] }).controllers;
}
