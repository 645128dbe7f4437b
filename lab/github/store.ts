import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

export interface Owner {
    id: number;
    login: string;
    /** An App acts as its bot. */
    type: "User" | "Organization" | "Bot";
    plan: string;
    deployKeysEnabled: boolean;
    createdAt: string;
}

export interface DeployKey {
    id: number;
    title: string;
    /** Algorithm and key, without the comment, as GitHub stores it. */
    key: string;
    readOnly: boolean;
    createdAt: string;
}

export interface RulesetRule {
    type: string;
    parameters?: Record<string, unknown>;
}

export interface Ruleset {
    id: number;
    name: string;
    target: "branch" | "tag";
    enforcement: "active" | "disabled" | "evaluate";
    bypassActors: { actor_id?: number | null; actor_type: string; bypass_mode?: string }[];
    include: string[];
    exclude: string[];
    rules: RulesetRule[];
    createdAt: string;
    updatedAt: string;
}

/** A branch protection rule: its fields are those of GitHub's GraphQL input, by the same names. */
export interface Protection {
    id: number;
    pattern: string;
    fields: Record<string, unknown>;
}

/** A pull request; its head is a branch of the same repository, as the stand-in has no forks. */
export interface Pull {
    id: number;
    number: number;
    title: string;
    body: string | null;
    draft: boolean;
    user: string;
    head: string;
    headSha: string;
    base: string;
    baseSha: string;
    state: "open" | "closed";
    mergeCommitSha: string | null;
    mergedBy: string | null;
    createdAt: string;
    updatedAt: string;
    closedAt: string | null;
    mergedAt: string | null;
}

export interface Repository {
    id: number;
    owner: string;
    name: string;
    visibility: "public" | "private";
    /** What a caller may set and reads back unchanged, by the names of GitHub's REST API. */
    settings: Record<string, unknown>;
    topics: string[];
    vulnerabilityAlerts: boolean;
    defaultBranch: string;
    keys: DeployKey[];
    rulesets: Ruleset[];
    protections: Protection[];
    pulls: Pull[];
    createdAt: string;
    updatedAt: string;
    pushedAt: string;
}

/** What somebody authenticates with; an App's is that of one installation. */
export interface Token {
    token: string;
    kind: "classic" | "fine-grained" | "app";
    /** Whose it is: a user, or an App's bot. */
    login: string;
    /** What its user is in every repository; an App is never an administrator. */
    role: "admin" | "write";
    /** Of a classic token. */
    scopes: string[];
    /** Of any other, beside reading metadata. */
    permissions: Record<string, "read" | "write">;
    /** OWNER/NAME; undefined for all of them. */
    repositories?: string[];
}

interface State {
    lastId: number;
    tokenExpiresAt: string;
    owners: Owner[];
    repositories: Repository[];
    /** Those beside the one that the process is started with. */
    tokens: Token[];
}

/** Everything GitHub would remember: one JSON file, replaced as a whole on every change, and a bare repository each. */
export class Store {
    readonly #file: string;
    readonly #directory: string;
    readonly #state: State;

    constructor(directory: string, login: string) {
        this.#directory = directory;
        this.#file = join(directory, "state.json");
        mkdirSync(join(directory, "repositories"), { recursive: true });
        this.#state = this.#read() ?? {
            lastId: 0,
            tokenExpiresAt: new Date(Date.now() + 90 * 24 * 3600_000).toISOString(),
            owners: [],
            repositories: [],
            tokens: [],
        };
        if (this.owner(login) === undefined) {
            this.putOwner({ login, type: "User", plan: "pro", deployKeysEnabled: true });
        }
    }

    get owners(): readonly Owner[] {
        return this.#state.owners;
    }

    get repositories(): readonly Repository[] {
        return this.#state.repositories;
    }

    get tokens(): readonly Token[] {
        return this.#state.tokens;
    }

    /** One of a known text takes that one's place. */
    putToken(token: Token): Token {
        this.#state.tokens = [...this.#state.tokens.filter((one) => one.token !== token.token), token];
        this.save();
        return token;
    }

    forgetTokens(): void {
        this.#state.tokens = [];
        this.save();
    }

    get tokenExpiresAt(): string {
        return this.#state.tokenExpiresAt;
    }

    owner(login: string): Owner | undefined {
        return this.#state.owners.find((owner) => same(owner.login, login));
    }

    repository(owner: string, name: string): Repository | undefined {
        return this.#state.repositories.find((one) => same(one.owner, owner) && same(one.name, name));
    }

    putOwner(owner: Omit<Owner, "id" | "createdAt">): Owner {
        const existing = this.owner(owner.login);
        const stored = existing ?? { ...owner, id: this.nextId(), createdAt: new Date().toISOString() };
        Object.assign(stored, owner);
        if (existing === undefined) {
            this.#state.owners.push(stored);
        }
        this.save();
        return stored;
    }

    add(repository: Repository): void {
        this.#state.repositories.push(repository);
        this.save();
    }

    remove(repository: Repository): void {
        this.#state.repositories = this.#state.repositories.filter((one) => one !== repository);
        this.save();
        rmSync(this.gitDirectory(repository), { recursive: true, force: true });
    }

    /** Named by id, so that a renamed repository stays where it is. */
    gitDirectory(repository: Repository): string {
        return join(this.#directory, "repositories", `${repository.id}.git`);
    }

    nextId(): number {
        this.#state.lastId += 1;
        return this.#state.lastId;
    }

    save(): void {
        const temporary = `${this.#file}.new`;
        const descriptor = openSync(temporary, "w", 0o600);
        try {
            writeSync(descriptor, `${JSON.stringify(this.#state, null, 2)}\n`);
            fsyncSync(descriptor);
        } finally {
            closeSync(descriptor);
        }
        renameSync(temporary, this.#file);
    }

    #read(): State | undefined {
        let text;
        try {
            text = readFileSync(this.#file, "utf8");
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === "ENOENT") {
                return undefined;
            }
            throw error;
        }
        try {
            const state = JSON.parse(text) as State;
            // State that was written before there were pull requests and more tokens than one.
            (state as Partial<State>).tokens ??= [];
            for (const repository of state.repositories as Partial<Repository>[]) {
                repository.pulls ??= [];
            }
            return state;
        } catch (error) {
            throw new Error(`${this.#file} is not the stand-in's state; delete it to start afresh`, { cause: error });
        }
    }
}

function same(a: string, b: string): boolean {
    return a.toLowerCase() === b.toLowerCase();
}
