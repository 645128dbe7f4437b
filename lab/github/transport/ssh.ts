import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import ssh2, {
    type AuthContext,
    type Connection,
    type ParsedKey,
    type PublicKeyAuthContext,
    type ServerChannel,
} from "ssh2";
import { gitEnvironment } from "../git/repository.ts";
import type { Lab, RequestRecord } from "../lab.ts";
import type { DeployKey, Repository } from "../store.ts";
import { hookEnvironment, watchRefs } from "./hook.ts";

interface Asked {
    operation: string;
    protocol: string;
}

interface Identity {
    repository: Repository;
    key: DeployKey;
}

/** The server's own key, made at its first start. */
export function hostKey(file: string): { private: string; public: string } {
    if (!existsSync(file)) {
        writeFileSync(file, newKey(), { mode: 0o600 });
    }
    chmodSync(file, 0o600);
    const pem = readFileSync(file, "utf8");
    const parsed = ssh2.utils.parseKey(pem);
    if (parsed instanceof Error) {
        throw new Error(`${file} is not the stand-in's host key; delete it to have another made`, { cause: parsed });
    }
    return { private: pem, public: `${parsed.type} ${parsed.getPublicSSH().toString("base64")}` };
}

/** ssh2 drops the zero bytes that a key begins with, as one in 256 does, and cannot read what it wrote then. */
function newKey(): string {
    const { private: pem } = ssh2.utils.generateKeyPairSync("ed25519");
    return ssh2.utils.parseKey(pem) instanceof Error ? newKey() : pem;
}

/** Git over SSH as GitHub offers it to deploy keys: nothing but git, and nothing but the key's own repository. */
export function sshServer(lab: Lab, privateKey: string): ssh2.Server {
    return new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
        let identity: Identity | undefined;
        client.on("authentication", (context) => {
            identity = identify(lab, context);
            if (identity === undefined) {
                refuse(lab, context);
            } else {
                context.accept();
            }
        });
        client.on("ready", () => {
            serve(lab, client, () => identity);
        });
        // A client that hangs up in the middle is its own affair.
        client.on("error", () => undefined);
    });
}

function identify(lab: Lab, context: AuthContext): Identity | undefined {
    if (context.method !== "publickey" || context.username !== "git") {
        return undefined;
    }
    const offered = `${context.key.algo} ${context.key.data.toString("base64")}`;
    for (const repository of lab.store.repositories) {
        const key = repository.keys.find((one) => sameKey(one.key, offered));
        const parsed = key === undefined ? undefined : ssh2.utils.parseKey(key.key);
        if (key !== undefined && parsed !== undefined && !(parsed instanceof Error)) {
            return isProven(context, parsed) ? { repository, key } : undefined;
        }
    }
    return undefined;
}

/** Without a signature the client only asks whether the key would do. */
function isProven(context: PublicKeyAuthContext, key: ParsedKey): boolean {
    const { blob, signature, hashAlgo } = context;
    if (blob === undefined || signature === undefined) {
        return true;
    }
    // An unsuitable signature comes back as an Error, which would be taken for true.
    const outcome: unknown = key.verify(blob, signature, hashAlgo);
    return outcome === true;
}

/** The key's data names its algorithm too; an RSA key may be offered under the name of a newer signature. */
function sameKey(stored: string, offered: string): boolean {
    return stored.split(" ")[1] === offered.split(" ")[1];
}

function refuse(lab: Lab, context: AuthContext): void {
    if (context.method === "publickey") {
        remember(lab, { path: "", operation: "publickey", status: 401, authenticated: false, as: null });
    }
    context.reject(["publickey"]);
}

function serve(lab: Lab, client: Connection, identity: () => Identity | undefined): void {
    client.on("session", (accept) => {
        const session = accept();
        let protocol = "";
        session.on("env", (acceptEnv, _reject, info) => {
            protocol = info.key === "GIT_PROTOCOL" ? info.val : protocol;
            // Unless the client wants no answer there is one to give.
            (acceptEnv as (() => void) | undefined)?.();
        });
        session.on("exec", (acceptExec, _reject, info) => {
            const known = identity();
            if (known !== undefined) {
                execute(lab, known, { command: info.command, protocol }, acceptExec()).catch((error: unknown) => {
                    lab.blame("SSH", info.command, String(error));
                    client.end();
                });
            }
        });
        session.on("shell", (acceptShell) => {
            const { repository } = identity() ?? {};
            const name = `${repository?.owner ?? ""}/${repository?.name ?? ""}`;
            end(
                acceptShell(),
                `Hi ${name}! You've successfully authenticated, but GitHub does not provide shell access.\n`,
            );
        });
    });
}

async function execute(
    lab: Lab,
    identity: Identity,
    asked: { command: string; protocol: string },
    channel: ServerChannel,
): Promise<void> {
    const match = /^(git-upload-pack|git-receive-pack) '?\/?([^/']+)\/([^/']+?)(?:\.git)?\/?'?$/.exec(asked.command);
    const [, operation = "", owner = "", name = ""] = match ?? [];
    const path = `/${owner}/${name}.git`;
    const repository = lab.store.repository(owner, name);
    const { title: as } = identity.key;
    const fault = lab.strike(operation, path, "git-ssh");
    if (fault?.delayMs !== undefined) {
        await setTimeout(fault.delayMs);
    }
    if (fault !== undefined && (fault.drop === true || fault.status !== undefined)) {
        remember(lab, { path, operation, status: fault.status ?? 0, authenticated: true, as });
        end(channel, "ERROR: Internal Server Error\n");
    } else if (match === null) {
        end(channel, `Invalid command: ${asked.command}\n`);
    } else if (repository !== identity.repository) {
        remember(lab, { path, operation, status: 404, authenticated: true, as });
        end(channel, "ERROR: Repository not found.\n");
    } else if (operation === "git-receive-pack" && identity.key.readOnly) {
        remember(lab, { path, operation, status: 403, authenticated: true, as });
        end(channel, "ERROR: The key you are authenticating with has been marked as read only.\n");
    } else {
        remember(lab, { path, operation, status: 200, authenticated: true, as });
        await run(lab, identity.repository, { operation, protocol: asked.protocol }, channel);
    }
}

async function run(lab: Lab, repository: Repository, asked: Asked, channel: ServerChannel): Promise<void> {
    const moved = asked.operation === "git-receive-pack" ? await watchRefs(lab, repository, null) : undefined;
    const program = spawn("git", [asked.operation.replace("git-", ""), lab.store.gitDirectory(repository)], {
        env: {
            PATH: process.env.PATH,
            ...gitEnvironment,
            ...hookEnvironment(lab, repository),
            GIT_PROTOCOL: asked.protocol,
        },
    });
    program.stdout.pipe(channel, { end: false });
    program.stderr.pipe(channel.stderr, { end: false });
    channel.pipe(program.stdin);
    // A client that hangs up in the middle takes its program with it.
    program.stdin.on("error", () => undefined);
    channel.on("close", () => program.kill());
    const [code] = (await once(program, "close")) as [number | null];
    await moved?.();
    channel.exit(code ?? 1);
    channel.end();
}

function end(channel: ServerChannel, message: string): void {
    channel.stderr.write(message);
    channel.exit(1);
    channel.end();
}

type Remembered = Pick<RequestRecord, "path" | "operation" | "status" | "authenticated" | "as">;

function remember(lab: Lab, what: Remembered): void {
    const kind = what.operation === "git-receive-pack" ? "write" : "read";
    lab.record({ at: new Date().toISOString(), method: "SSH", via: "git-ssh", kind, ...what });
}
