import { createPrivateKey } from "node:crypto";

import { z } from "zod";

import type { Problem } from "../domain/problem";
import { tokenProblem } from "./token";

/** How Flux proves to GitHub that it may read. */
export type Identity =
    | { readonly kind: "deployKey"; readonly generation: number }
    | { readonly kind: "token" }
    | ({ readonly kind: "githubApp"; readonly appId: number } & Installation);

/** Where an App is installed: by number, or by the user or organization. */
export type Installation = { readonly installationId: number } | { readonly installationOwner: string };

const number = z.int().min(1, "expected a number above 0");

export const githubAppSchema = z.strictObject({
    appId: number.optional(),
    installationId: number.optional(),
    installationOwner: z.string().min(1, "expected a GitHub user or organization").optional(),
});

/** The keys that hold a secret, by the identity that needs it. */
const secretKeys = { token: "gitToken", githubApp: "githubAppPrivateKey" } as const;

interface Keys {
    readonly identity: "deployKey" | "token" | "githubApp";
    readonly deployKeyGeneration: number;
    readonly gitToken: string;
    readonly githubApp: z.infer<typeof githubAppSchema>;
    readonly githubAppPrivateKey: string;
}

interface Where {
    readonly stack: string;
    /** The full keys of the settings that are encrypted in the stack file. */
    readonly secrets: readonly string[];
    /** Whether the values of secrets are known, which they are to the program and not to the commands beside it. */
    readonly decrypted: boolean;
}

/** The identity of the settings, or what is wrong with it. Never says a secret's value. */
export function identityOf(keys: Keys, where: Where): Identity | { readonly problems: readonly Problem[] } {
    const { identity, githubApp, deployKeyGeneration: generation } = keys;
    const problems = [
        ...secretProblems(keys, where, "token"),
        ...secretProblems(keys, where, "githubApp"),
        ...appProblems(keys, where.stack),
    ];
    if (problems.length > 0) {
        return { problems };
    }
    switch (identity) {
        case "deployKey":
            return { kind: identity, generation };
        case "token":
            return { kind: identity };
        case "githubApp": {
            const { appId = 0, installationId, installationOwner = "" } = githubApp;
            const installation = installationId === undefined ? { installationOwner } : { installationId };
            return { kind: identity, appId, ...installation };
        }
    }
}

function secretProblems(keys: Keys, { stack, secrets, decrypted }: Where, kind: "token" | "githubApp"): Problem[] {
    const name = secretKeys[kind];
    const key = `fluxcd:${name}`;
    const given = keys[name] !== "" || secrets.includes(key);
    const set = `${kind === "token" ? "" : "cat app.private-key.pem | "}pulumi config set --stack ${stack} --secret ${key}`;
    if (keys.identity !== kind) {
        const expected = `is a secret of fluxcd:identity ${kind}, and the identity is ${keys.identity}`;
        const fix = `pulumi config rm --stack ${stack} ${key}   (or pulumi config set --stack ${stack} fluxcd:identity ${kind})`;
        return given ? [{ key, expected, fix }] : [];
    }
    if (!given) {
        return [{ key, expected: `is missing: fluxcd:identity ${kind} needs it`, fix: set }];
    }
    if (!secrets.includes(key)) {
        const expected = "stands in the stack file as plain text: expected a secret";
        return [{ key, expected, fix: `${set}   (and make another: this one has been seen)` }];
    }
    if (kind === "githubApp" && decrypted && !isRsaPrivateKey(keys[name])) {
        const expected = "is no RSA private key in PEM, as GitHub hands it out for an App";
        return [{ key, expected, fix: set }];
    }
    const malformed = kind === "token" ? tokenProblem(key, keys[name], set) : undefined;
    return malformed ? [malformed] : [];
}

function appProblems({ identity, githubApp }: Keys, stack: string): Problem[] {
    const key = "fluxcd:githubApp";
    if (identity !== "githubApp") {
        const expected = `belongs to fluxcd:identity githubApp, and the identity is ${identity}`;
        const fix = `pulumi config rm --stack ${stack} ${key}`;
        return Object.keys(githubApp).length === 0 ? [] : [{ key, value: githubApp, expected, fix }];
    }
    const { appId, installationId, installationOwner } = githubApp;
    const set = (name: string) => `pulumi config set --stack ${stack} --path '${key}.${name}' <number>`;
    const missing: Problem = { key: `${key}.appId`, expected: "is missing: the App's number", fix: set("appId") };
    const ambiguous: Problem = {
        key,
        value: githubApp,
        expected: "expected exactly one of installationId and installationOwner",
        fix:
            installationId === undefined
                ? set("installationId")
                : `pulumi config rm --stack ${stack} --path '${key}.installationOwner'`,
    };
    const isOne = (installationId === undefined) !== (installationOwner === undefined);
    return [...(appId === undefined ? [missing] : []), ...(isOne ? [] : [ambiguous])];
}

/** An App signs its requests with RS256: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps */
function isRsaPrivateKey(pem: string): boolean {
    try {
        return createPrivateKey(pem).asymmetricKeyType === "rsa";
    } catch {
        return false;
    }
}
