import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { App, Owner, Repository, Token } from "./entities.ts";

export type * from "./entities.ts";

interface State {
    lastId: number;
    tokenExpiresAt: string;
    owners: Owner[];
    repositories: Repository[];
    /** Those beside the one that the process is started with. */
    tokens: Token[];
    apps: App[];
    /** Where webhooks are delivered: an address of this machine by the host's name in the webhook's URL. */
    hosts: Record<string, string>;
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
            apps: [],
            hosts: {},
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

    forgetTokens(wanted: (token: Token) => boolean = () => true): void {
        this.#state.tokens = this.#state.tokens.filter((token) => !wanted(token));
        this.save();
    }

    get apps(): readonly App[] {
        return this.#state.apps;
    }

    /** One of a known slug takes that one's place. Tokens of installations that are gone or suspended end. */
    putApp(app: App): App {
        this.#state.apps = [...this.#state.apps.filter((one) => one.slug !== app.slug), app];
        this.#endTokens();
        return app;
    }

    forgetApps(): void {
        this.#state.apps = [];
        this.#endTokens();
    }

    #endTokens(): void {
        const active = this.apps.flatMap(({ installations }) =>
            installations.filter((one) => one.suspendedAt === null).map(({ id }) => id),
        );
        this.forgetTokens(({ installation }) => installation !== undefined && !active.includes(installation));
    }

    get hosts(): Readonly<Record<string, string>> {
        return this.#state.hosts;
    }

    putHosts(hosts: Record<string, string>): void {
        Object.assign(this.#state.hosts, hosts);
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
            // State that was written before there were pull requests, webhooks, issues and more tokens than one.
            (state as Partial<State>).tokens ??= [];
            (state as Partial<State>).apps ??= [];
            (state as Partial<State>).hosts ??= {};
            for (const repository of state.repositories as Partial<Repository>[]) {
                repository.pulls ??= [];
                repository.webhooks ??= [];
                repository.issues ??= [];
                repository.comments ??= [];
                repository.statuses ??= [];
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
