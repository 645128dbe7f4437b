import { Limits } from "./limits.ts";
import type { Store, Token } from "./store.ts";

export type Via = "rest" | "graphql" | "git-http" | "git-ssh" | "release";

export interface RequestRecord {
    at: string;
    method: string;
    path: string;
    kind: "read" | "write";
    operation: string;
    status: number;
    via: Via;
    authenticated: boolean;
    /** Whose credential it came with: the login of a token, the title of a deploy key; null without one that is known. */
    as: string | null;
    /** What REST and GraphQL were sent, with which a bench asks the same again. */
    body?: string;
}

/** Something the stand-in, not its caller, is to blame for: a test that finds one has proved nothing. */
export interface LabError {
    at: string;
    method: string;
    path: string;
    message: string;
}

/** What a webhook of somebody else than GitHub got: Flux's notifications. */
export interface Letter {
    at: string;
    /** The name in its address, after `/_lab/inbox/`. */
    to: string;
    body: unknown;
}

/** What a test may ask the stand-in to do wrong; every field left out of `match` matches anything. */
export interface Fault {
    id: number;
    match: { method?: string; path?: string; via?: Via };
    status?: number;
    body?: unknown;
    headers?: Record<string, string>;
    expireToken?: boolean;
    delayMs?: number;
    drop?: boolean;
    truncateBytes?: number;
    /** GitHub has done what was asked, and the answer comes later: whoever dies meanwhile never learns of it. */
    answerDelayMs?: number;
    /** How many requests that match it lets pass before it strikes. */
    skip?: number;
    /** How often it still strikes; without it, until the faults are deleted. */
    times?: number;
    struck: number;
    passed: number;
    /** How many were carried out, and wait or have waited for their answer. */
    done: number;
}

export type NewFault = Omit<Fault, "id" | "struck" | "passed" | "done">;

/** What the whole process shares. */
export class Lab {
    readonly store: Store;
    readonly limits = new Limits();
    /** The token of --token: its user administers everything. */
    readonly token: Token;
    readonly login: string;
    /** Where it is reached; filled in once it listens. */
    web = "";
    sshHost = "";
    hostKey = "";
    requests: RequestRecord[] = [];
    errors: LabError[] = [];
    faults: Fault[] = [];
    inbox: Letter[] = [];
    #lastFault = 0;

    constructor(store: Store, token: string, login: string) {
        this.store = store;
        const scopes = ["admin:org", "delete_repo", "repo", "workflow"];
        this.token = { token, kind: "classic", login, role: "admin", scopes, permissions: {} };
        this.login = login;
    }

    get tokens(): readonly Token[] {
        return [this.token, ...this.store.tokens];
    }

    get api(): string {
        return `${this.web}/api/v3`;
    }

    /** The state is the source of truth for what may be read back, the log only for what was asked: it is kept in memory. */
    record(request: RequestRecord): void {
        this.requests.push(request);
    }

    blame(method: string, path: string, message: string): void {
        this.errors.push({ at: new Date().toISOString(), method, path, message });
    }

    addFault(fault: NewFault): Fault {
        this.#lastFault += 1;
        const added = { ...fault, id: this.#lastFault, struck: 0, passed: 0, done: 0 };
        this.faults.push(added);
        return added;
    }

    /** The first fault that matches and still strikes. */
    strike(method: string, path: string, via: Via): Fault | undefined {
        const fault = this.faults
            .filter(
                ({ match, times, struck, expireToken }) =>
                    // A fault that could do nothing here must not be used up here.
                    (expireToken !== true || !["git-ssh", "release"].includes(via)) &&
                    (times === undefined || struck < times) &&
                    (match.method === undefined || match.method.toUpperCase() === method) &&
                    (match.path === undefined || new RegExp(match.path).test(path)) &&
                    (match.via === undefined || match.via === via),
            )
            .find((each) => {
                const strikes = each.passed >= (each.skip ?? 0);
                each.passed += strikes ? 0 : 1;
                return strikes;
            });
        if (fault !== undefined) {
            fault.struck += 1;
        }
        return fault;
    }
}
