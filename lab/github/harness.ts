// What the tests of this folder share: the stand-in as its own process, and git as a user has it.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { execa } from "execa";
import { gitEnvironment } from "./git/repository.ts";
import type { LabError, RequestRecord } from "./lab.ts";

export const token = "a-valid-token";

export class Answer {
    readonly status: number;
    readonly headers: Headers;
    readonly #body: unknown;

    constructor(response: Response, text: string) {
        this.status = response.status;
        this.headers = response.headers;
        this.#body = text === "" ? undefined : JSON.parse(text);
    }

    /** What stands at a path such as `errors.0.message`; the whole body without one. */
    at(path = ""): unknown {
        const parts = path.split(".").filter((part) => part !== "");
        return parts.reduce<unknown>(
            (value, part) => (value as Record<string, unknown> | undefined)?.[part],
            this.#body,
        );
    }

    text(path: string): string {
        return String(this.at(path));
    }
}

export class StandIn {
    readonly directory = mkdtempSync(join(tmpdir(), "github-"));
    url = "";
    ssh = "";
    proxy = "";
    ca = "";
    #process: ChildProcess | undefined;

    async start(...more: string[]): Promise<void> {
        const data = join(this.directory, "data");
        const main = join(import.meta.dirname, "main.ts");
        const child = spawn(process.execPath, [main, "--data", data, "--token", token, ...more], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        this.#process = child;
        for await (const line of createInterface(child.stdout)) {
            Object.assign(this, JSON.parse(line));
            return;
        }
        throw new Error("the stand-in ended before it was ready");
    }

    /** The exit code of an orderly end. */
    async stop(): Promise<unknown> {
        const child = this.#process;
        if (child === undefined) {
            return undefined;
        }
        this.#process = undefined;
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        return (await ended)[0];
    }

    async end(): Promise<void> {
        await this.stop();
        rmSync(this.directory, { recursive: true });
    }

    /** Ends it; an error if it had to refuse something that it does not do, or got something wrong. */
    async endBlameless(): Promise<void> {
        const errors = await this.errors();
        await this.end();
        assert.deepEqual(errors, []);
    }

    async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
        const response = await fetch(this.url + path, {
            method,
            headers: { authorization: `Bearer ${token}`, ...headers },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return new Answer(response, await response.text());
    }

    rest(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
        return this.call(method, `/api/v3${path}`, body, headers);
    }

    async errors(): Promise<LabError[]> {
        return (await this.call("GET", "/_lab/errors")).at() as LabError[];
    }

    async requests(): Promise<RequestRecord[]> {
        return (await this.call("GET", "/_lab/requests")).at() as RequestRecord[];
    }

    /** A private repository of the token's user with one commit on main, as the working copy it was pushed from. */
    async repository(name: string): Promise<WorkingCopy> {
        await this.rest("POST", "/user/repos", { name, private: true });
        const copy = new WorkingCopy(
            join(this.directory, name),
            this.url.replace("://", `://x:${token}@`) + `/misua/${name}.git`,
        );
        await copy.begin();
        await copy.git("push", copy.remote, "main");
        return copy;
    }

    /** A key pair made by ssh-keygen: the public half, and git's environment for the private one. */
    async key(name: string): Promise<{ public: string; env: Record<string, string> }> {
        const file = join(this.directory, name);
        await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "someone@somewhere", "-f", file]);
        const { stdout } = await execa("cat", [`${file}.pub`]);
        const options =
            "-o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
        return { public: stdout, env: { GIT_SSH_COMMAND: `ssh -F none -i ${file} ${options}` } };
    }
}

export interface Outcome {
    ok: boolean;
    output: string;
}

export class WorkingCopy {
    readonly directory: string;
    readonly remote: string;

    constructor(directory: string, remote: string) {
        this.directory = directory;
        this.remote = remote;
    }

    async begin(): Promise<void> {
        await execa("git", ["init", "-q", "-b", "main", this.directory], { env: gitEnvironment });
        await this.commit("first");
    }

    async commit(message: string): Promise<string> {
        await this.git("commit", "-q", "--allow-empty", "-m", message);
        return (await this.git("rev-parse", "HEAD")).output;
    }

    git(...args: string[]): Promise<Outcome> {
        return this.gitAs({}, ...args);
    }

    gitAs(env: Record<string, string>, ...args: string[]): Promise<Outcome> {
        return this.#run(args, { env });
    }

    /** Git with something on its standard input. */
    input(input: string, ...args: string[]): Promise<Outcome> {
        return this.#run(args, { env: {}, input });
    }

    async #run(args: string[], options: { env: Record<string, string>; input?: string }): Promise<Outcome> {
        const who = ["-c", "user.name=Someone", "-c", "user.email=someone@example.com"];
        const { exitCode, all } = await execa("git", [...who, ...args], {
            cwd: this.directory,
            ...options,
            env: { ...gitEnvironment, ...options.env },
            reject: false,
            all: true,
        });
        return { ok: exitCode === 0, output: all };
    }
}
