import { execFile } from "node:child_process";
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import tty from "node:tty";

import { connectionTo } from "../../clients/connection";
import { type Noting, plainServer, type Seen, secureServer, socksTo, tunnelTo } from "./apiServer";
import { scratchFolder } from "./scratch";
import { certificates } from "./tls";

export type Entry = Readonly<Record<string, unknown>>;

export interface File {
    readonly clusters?: Readonly<Record<string, Entry>>;
    readonly users?: Readonly<Record<string, Entry>>;
    readonly contexts?: Readonly<Record<string, Entry>>;
}

export interface Kubeconfig {
    /** The kubeconfig files, by their paths in an empty folder. A text is written as it is. */
    readonly files: Readonly<Record<string, File | string>>;
    /** Other files, such as of certificates. */
    readonly others?: Readonly<Record<string, string>>;
    /** The paths in KUBECONFIG. The default is all files, in order. */
    readonly kubeconfig?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
}

export const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Writes the files, and returns the environment that leads to them. */
export function written({
    files,
    others = {},
    kubeconfig = Object.keys(files),
    env = {},
}: Kubeconfig): NodeJS.ProcessEnv {
    const folder = scratchFolder();
    for (const [path, file] of Object.entries({ ...files, ...others })) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), typeof file === "string" ? file : textOf(file));
        chmodSync(join(folder, path), 0o700);
    }
    const paths = kubeconfig.map((path) => (path === "" ? "" : join(folder, path)));
    return { KUBECONFIG: paths.join(delimiter), HOME: folder, ...env };
}

function textOf({ clusters = {}, users = {}, contexts = {} }: File): string {
    const list = (entries: Readonly<Record<string, Entry>>, field: string) =>
        Object.entries(entries).map(([name, entry]) => ({ name, [field]: entry }));
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: list(clusters, "cluster"),
        users: list(users, "user"),
        contexts: list(contexts, "context"),
    });
}

/** The environment of this process, with other variables until the end. */
export async function within<T>(env: NodeJS.ProcessEnv, act: () => Promise<T>): Promise<T> {
    const before = { ...process.env };
    Object.assign(process.env, env);
    try {
        return await act();
    } finally {
        for (const name of Object.keys(env)) {
            if (before[name] === undefined) {
                Reflect.deleteProperty(process.env, name);
            } else {
                process.env[name] = before[name];
            }
        }
    }
}

/** Asks the server of context c for its health, with the kubeconfig of an environment, and nobody at the terminal. */
export async function asked(env: NodeJS.ProcessEnv, withinMs = 10_000): Promise<{ status: number }> {
    const { isatty } = tty;
    tty.isatty = () => false;
    try {
        return await within(env, async () => connectionTo("c")({ path: "/livez" }, withinMs));
    } finally {
        tty.isatty = isatty;
    }
}

/** Asks the same with kubectl. Nobody is there to answer its questions. */
export function askedByKubectl(env: NodeJS.ProcessEnv, path = "/livez"): Promise<void> {
    return new Promise((resolve, reject) => {
        const options = { env: { ...process.env, KUBECONFIG: "", ...env } };
        const kubectl = execFile("kubectl", ["--context", "c", "get", "--raw", path], options, (error) => {
            if (error) {
                reject(new Error(error.message));
            } else {
                resolve();
            }
        });
        kubectl.stdin?.end();
    });
}

/** Servers that note who asks, and kubeconfigs that lead to them. */
export interface Servers {
    readonly tls: Awaited<ReturnType<typeof certificates>>;
    readonly secure: Noting;
    readonly plain: Noting;
    readonly proxy: Awaited<ReturnType<typeof tunnelTo>>;
    readonly socks: Awaited<ReturnType<typeof socksTo>>;
    /** The requests since the last look, without those for the version, which some builds of kubectl send first. */
    seen(): Seen[];
    cluster(more?: Entry): Entry;
    /** A file whose context c has this user, and a cluster with these fields. */
    one(user: Entry, more?: Entry): File;
    close(): Promise<unknown>;
}

export async function startServers(): Promise<Servers> {
    const tls = await certificates(["localhost", "kube.test", "other.test"]);
    const secure = await secureServer(tls.server, tls.authority);
    const plain = await plainServer();
    const proxy = await tunnelTo(secure.port);
    const socks = await socksTo(secure.port);
    const cluster = (more: Entry = {}): Entry => ({
        server: `https://127.0.0.1:${secure.port}`,
        "certificate-authority-data": base64(tls.authority.cert),
        ...more,
    });
    return {
        ...{ tls, secure, plain, proxy, socks, cluster },
        seen: () => [...secure.seen.splice(0), ...plain.seen.splice(0)].filter(({ path }) => path.endsWith("/livez")),
        one: (user, more = {}) => ({
            clusters: { k: cluster(more) },
            users: { u: user },
            contexts: { c: { cluster: "k", user: "u" } },
        }),
        close: () => Promise.all([secure.close(), plain.close(), proxy.close(), socks.close()]),
    };
}

/** A kubeconfig, and the request that a server sees with it. */
export interface Read extends Kubeconfig {
    readonly seen: Omit<Seen, "path">;
    /** The path on the server, if it is not that of the request. */
    readonly raw?: string;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** A test for each kubeconfig: this program and kubectl send the same request with it. */
export function areReadAsByKubectl(at: () => Servers, cases: Readonly<Record<string, () => Read>>): void {
    for (const [name, given] of Object.entries(cases)) {
        it(`${name} is read as kubectl reads it`, async () => {
            const { seen, raw, ...kubeconfig } = given();
            const env = written(kubeconfig);
            const expected = [{ path: raw ?? "/livez", ...seen }];
            assert.equal((await asked(env)).status, 200);
            assert.deepEqual(at().seen(), expected);
            await askedByKubectl(env, raw);
            assert.deepEqual(at().seen(), expected);
        });
    }
}

/** A user whose credential plugin prints a status, or runs another script. */
export function plugin(status: Entry, more: Entry = {}, apiVersion = "client.authentication.k8s.io/v1"): Entry {
    const credential = JSON.stringify({ apiVersion, kind: "ExecCredential", status });
    return {
        exec: { apiVersion, command: "sh", args: ["-c", `echo '${credential}'`], interactiveMode: "Never", ...more },
    };
}

/** A user whose credential plugin prints as its token what a script prints. */
export function printing(script: string, more: Entry = {}): Entry {
    const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential" };
    const [head = "", tail = ""] = JSON.stringify({ ...credential, status: { token: "@" } }).split("@");
    return plugin({}, { args: ["-c", `printf '%s' '${head}' "$(${script})" '${tail}'`], ...more });
}
