import type { Lab } from "./lab.ts";
import type { Members } from "./reply.ts";
import type { Token } from "./store.ts";

const known: Record<Token["kind"], readonly string[]> = {
    classic: ["token", "kind", "login", "role", "scopes", "expiresAt"],
    "fine-grained": ["token", "kind", "login", "role", "permissions", "repositories", "expiresAt"],
    app: ["token", "kind", "login", "permissions", "repositories"],
};
const scopes = ["repo", "public_repo", "delete_repo", "workflow", "admin:org", "read:org"];
const permissions = [
    "metadata",
    "contents",
    "issues",
    "pull_requests",
    "checks",
    "statuses",
    "administration",
    "repository_hooks",
];

/** Makes another token valid; what is misspelt would allow less, or more, than the test that asked for it believes. */
export function addToken(lab: Lab, body: Members): Token {
    const token = tokenFrom(lab, body);
    const owner = lab.store.owner(token.login);
    const type = token.kind === "app" ? "Bot" : "User";
    if (owner !== undefined && owner.type !== type) {
        throw new TypeError(`${token.login} is of the type ${owner.type}, not ${type}`);
    }
    if (owner === undefined) {
        lab.store.putOwner({ login: token.login, type, plan: "free", deployKeysEnabled: true });
    }
    return lab.store.putToken(token);
}

function tokenFrom(lab: Lab, body: Members): Token {
    const { token, kind } = body;
    if (typeof token !== "string" || token === "" || token === lab.token.token) {
        throw new TypeError("a token has a text of its own, other than the one the stand-in was started with");
    }
    if (kind !== "classic" && kind !== "fine-grained" && kind !== "app") {
        throw new TypeError("a token's kind is classic, fine-grained or app");
    }
    const unknown = Object.keys(body).filter((name) => !known[kind].includes(name));
    if (unknown.length > 0) {
        throw new TypeError(`a token of the kind ${kind} has no ${unknown.join(", ")}, but ${known[kind].join(", ")}`);
    }
    const login = body.login ?? (kind === "app" ? "lab-app[bot]" : lab.login);
    if (typeof login !== "string" || login.endsWith("[bot]") !== (kind === "app")) {
        throw new TypeError("an App's login ends in [bot], and no user's does");
    }
    const role = body.role ?? (kind !== "app" && login === lab.login ? "admin" : "write");
    if (role !== "admin" && role !== "write") {
        throw new TypeError("a user's role is admin or write");
    }
    const { expiresAt } = body;
    if (expiresAt !== undefined && (typeof expiresAt !== "string" || Number.isNaN(Date.parse(expiresAt)))) {
        throw new TypeError("expiresAt is a time such as 2026-12-01T10:00:00Z");
    }
    return {
        token,
        kind,
        login,
        role,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        scopes: listOf(body.scopes ?? [], "scopes", (one) => scopes.includes(one)),
        permissions: permissionsFrom(body.permissions ?? {}),
        ...(body.repositories === undefined
            ? {}
            : { repositories: listOf(body.repositories, "repositories", (one) => /^[^/]+\/[^/]+$/.test(one)) }),
    };
}

export function listOf(value: unknown, name: string, fits: (one: string) => boolean): string[] {
    if (!Array.isArray(value) || !value.every((one) => typeof one === "string" && fits(one))) {
        throw new TypeError(`${name} is a list of ${name === "scopes" ? scopes.join(", ") : "OWNER/NAME"}`);
    }
    return value as string[];
}

export function permissionsFrom(value: unknown): Token["permissions"] {
    const entries: [string, unknown][] =
        typeof value === "object" && value !== null ? Object.entries(value) : [["", ""]];
    if (!entries.every(([name, access]) => permissions.includes(name) && (access === "read" || access === "write"))) {
        throw new TypeError(`permissions has ${permissions.join(", ")}, each read or write`);
    }
    return Object.fromEntries(entries) as Token["permissions"];
}
