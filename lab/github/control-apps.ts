import { createPublicKey } from "node:crypto";
import { listOf, permissionsFrom } from "./control-tokens.ts";
import type { Lab } from "./lab.ts";
import type { Members } from "./reply.ts";
import type { App, Installation } from "./store.ts";

/** Registers an App, or changes the one of this slug, which keeps its number and those of its installations. */
export function putApp(lab: Lab, body: Members): App {
    const { slug } = body;
    refuseUnknown(body, ["slug", "publicKeys", "permissions", "installations"]);
    if (typeof slug !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(slug)) {
        throw new TypeError("an App has a slug of small letters, digits and hyphens");
    }
    const known = lab.store.apps.find((app) => app.slug === slug);
    const login = `${slug}[bot]`;
    if (lab.store.owner(login) === undefined) {
        lab.store.putOwner({ login, type: "Bot", plan: "free", deployKeysEnabled: true });
    }
    return lab.store.putApp({
        id: known?.id ?? lab.store.nextId(),
        slug,
        publicKeys: listOf(body.publicKeys ?? [], "publicKeys", isRsaKey),
        permissions: permissionsFrom(body.permissions ?? {}),
        installations: installationsFrom(lab, body.installations ?? [], known),
        createdAt: known?.createdAt ?? new Date().toISOString(),
    });
}

function installationsFrom(lab: Lab, value: unknown, known: App | undefined): Installation[] {
    if (!Array.isArray(value)) {
        throw new TypeError("installations is a list");
    }
    return (value as Members[]).map((given) => {
        refuseUnknown(given, ["account", "repositories", "suspended"]);
        const { account, repositories, suspended = false } = given;
        if (typeof account !== "string" || lab.store.owner(account) === undefined || typeof suspended !== "boolean") {
            throw new TypeError("an installation has an account that there is, and may be suspended");
        }
        const before = known?.installations.find((one) => one.account === account);
        return {
            id: before?.id ?? lab.store.nextId(),
            account,
            ...(repositories === undefined
                ? {}
                : { repositories: listOf(repositories, "repositories", (one) => /^[^/]+\/[^/]+$/.test(one)) }),
            suspendedAt: suspended ? (before?.suspendedAt ?? new Date().toISOString()) : null,
        };
    });
}

function refuseUnknown(body: Members, known: readonly string[]): void {
    const unknown = Object.keys(body).filter((name) => !known.includes(name));
    if (unknown.length > 0) {
        throw new TypeError(`there is no ${unknown.join(", ")}, but ${known.join(", ")}`);
    }
}

function isRsaKey(pem: string): boolean {
    try {
        return createPublicKey(pem).asymmetricKeyType === "rsa" && !pem.includes("PRIVATE");
    } catch {
        return false;
    }
}
