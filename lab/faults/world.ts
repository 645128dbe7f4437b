import { execa } from "execa";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Access, readAccess } from "../cluster/kubeconfig.ts";
import { type Answer, ask } from "../cluster/api.ts";
import type { Fault } from "../github/lab.ts";
import { labDirectory } from "../paths.ts";

export const stacks = ["dev", "staging"] as const;
export type Stack = (typeof stacks)[number];

export const repositories = ["fluxcd-infrastructure", "fluxcd-apps"] as const;
export const owner = "misua";

/** What the lab's servers say, asked from beside the program: whatever it has done, and whatever it has not. */
export class World {
    readonly environment: Readonly<Record<string, string>>;

    private constructor(environment: Record<string, string>) {
        this.environment = environment;
    }

    static async open(): Promise<World> {
        const script = 'set -e; source "$0"; env -0';
        const { stdout } = await execa("bash", ["-c", script, join(labDirectory, "env.sh")]);
        const pairs = stdout.split("\0").filter((pair) => pair.includes("="));
        const entries = pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
        return new World(Object.fromEntries(entries) as Record<string, string>);
    }

    variable(name: string): string {
        const value = this.environment[name];
        if (value === undefined) throw new Error(`.lab/env.sh sets no ${name}.`);
        return value;
    }

    async github<T>(method: string, path: string, body?: object): Promise<T> {
        const response = await fetch(`${this.variable("LAB_GITHUB_URL")}${path}`, {
            method,
            headers: { authorization: `Bearer ${this.variable("GITHUB_TOKEN")}`, "content-type": "application/json" },
            ...(body && { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
        return (text === "" ? undefined : JSON.parse(text)) as T;
    }

    /** GitHub's REST API; an empty list where there is no such repository. */
    async list<T>(repository: string, what: string): Promise<T[]> {
        const found = await this.github<T[]>("GET", `/api/v3/repos/${owner}/${repository}/${what}?per_page=100`).catch(
            (error: unknown) => {
                if (/answered (404|409)/.test(String(error))) return [];
                throw error;
            },
        );
        return found;
    }

    addFault(fault: object): Promise<Fault> {
        return this.github("POST", "/_lab/faults", fault);
    }

    faults(): Promise<Fault[]> {
        return this.github("GET", "/_lab/faults");
    }

    heal(): Promise<void> {
        return this.github("DELETE", "/_lab/faults");
    }

    access(stack: Stack): Access {
        return readAccess(join(labDirectory, "kwok", "clusters", stack, "kubeconfig.yaml"));
    }

    /** What a cluster answers to a GET; undefined where it has no such thing. */
    async cluster<T>(stack: Stack, path: string): Promise<T | undefined> {
        const { status, body } = await this.answer(stack, path);
        if (status === 404) return undefined;
        if (status !== 200) throw new Error(`The cluster ${stack} answers ${status} to ${path}: ${body}`);
        return JSON.parse(body) as T;
    }

    /** An API server that has just come back, or made a kind, asks to be asked again. */
    private async answer(stack: Stack, path: string): Promise<Answer> {
        const deadline = performance.now() + 150_000;
        for (;;) {
            const said = await ask(this.access(stack), path).catch((error: unknown) => ({
                status: 0,
                body: String(error),
            }));
            const mayPass = said.status === 0 || said.status === 429 || said.status >= 500;
            if (!mayPass || performance.now() > deadline) return said;
            await pause(500);
        }
    }

    /** The objects of a list; none where the kind is not served. */
    async objects<T>(stack: Stack, path: string): Promise<T[]> {
        return (await this.cluster<{ items: T[] }>(stack, path))?.items ?? [];
    }
}
