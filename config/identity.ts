import { createPrivateKey } from "node:crypto";

import { z } from "zod";

import type { Problem } from "../domain/problem";
import { tokenProblem } from "./token";

/** The Git credential that Flux uses to read from GitHub. */
export type Identity =
    | { readonly kind: "deployKey"; readonly generation: number }
    | { readonly kind: "token" }
    | ({ readonly kind: "githubApp"; readonly appId: number } & Installation);

/** The installation of an App: its number, or the user or organization that installed it. */
export type Installation = { readonly installationId: number } | { readonly installationOwner: string };

const aboveZero = "expected a number above 0";
const number = z.int(aboveZero).min(1, aboveZero);

const app = z
    .strictObject({
        kind: z.literal("githubApp"),
        appId: number,
        installationId: number.optional(),
        installationOwner: z.string().min(1, "expected a GitHub user or organization").optional(),
    })
    .refine(
        ({ installationId, installationOwner }) => (installationId === undefined) !== (installationOwner === undefined),
        {
            message: "expected exactly one of installationId and installationOwner",
        },
    )
    .transform(({ installationId, installationOwner = "", ...rest }) => ({
        ...rest,
        ...(installationId === undefined ? { installationOwner } : { installationId }),
    }));

/** https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference */
const identities = z.discriminatedUnion(
    "kind",
    [
        z.strictObject({ kind: z.literal("deployKey"), generation: z.int().min(1).default(1) }),
        z.strictObject({ kind: z.literal("token") }),
        app,
    ],
    {
        error: ({ code }: { readonly code: string }) =>
            code === "invalid_union" ? "expected one of deployKey, token, githubApp" : undefined,
    },
);

/** A stack that only sets the generation keeps the default kind: its settings replace those of Pulumi.yaml as a whole. */
export const identitySchema = z.preprocess(
    (given) => (typeof given === "object" && given !== null ? { kind: "deployKey", ...given } : given),
    identities,
);

/** The config keys of the secrets, by the kind of identity that needs them. */
const secretKeys = { token: "gitToken", githubApp: "githubAppPrivateKey" } as const;

interface Keys {
    readonly identity: Identity;
    readonly gitToken: string;
    readonly githubAppPrivateKey: string;
}

interface Where {
    readonly stack: string;
    /** The full keys of the settings that are encrypted in the stack file. */
    readonly secrets: readonly string[];
    /** Whether secret values are available: yes in `pulumi up`, no in the CLI commands. */
    readonly decrypted: boolean;
}

/** Returns the problems with the identity's secrets. Never shows a secret's value. */
export function identityProblems(keys: Keys, where: Where): Problem[] {
    return [...secretProblems(keys, where, "token"), ...secretProblems(keys, where, "githubApp")];
}

function secretProblems(keys: Keys, { stack, secrets, decrypted }: Where, kind: "token" | "githubApp"): Problem[] {
    const name = secretKeys[kind];
    const key = `fluxcd:${name}`;
    const given = keys[name] !== "" || secrets.includes(key);
    const set = `${kind === "token" ? "" : "cat app.private-key.pem | "}pulumi config set --stack ${stack} --secret ${key}`;
    if (keys.identity.kind !== kind) {
        const expected = `is the secret for fluxcd:identity.kind ${kind}, but that setting is ${keys.identity.kind}`;
        const fix = `pulumi config rm --stack ${stack} ${key}   (or pulumi config set --stack ${stack} --path 'fluxcd:identity.kind' ${kind})`;
        return given ? [{ key, expected, fix }] : [];
    }
    if (!given) {
        return [{ key, expected: `is missing: fluxcd:identity.kind ${kind} needs it`, fix: set }];
    }
    if (!secrets.includes(key)) {
        const expected = "is in the stack file as plain text: expected a secret";
        return [{ key, expected, fix: `${set}   (with a new one: this one is exposed)` }];
    }
    if (kind === "githubApp" && decrypted && !isRsaPrivateKey(keys[name])) {
        const expected = "is not an RSA private key in PEM: expected the file that GitHub creates for the App";
        return [{ key, expected, fix: set }];
    }
    const malformed = kind === "token" ? tokenProblem(key, keys[name], set) : undefined;
    return malformed ? [malformed] : [];
}

/**
 * An App signs its requests with RS256:
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/managing-private-keys-for-github-apps
 */
function isRsaPrivateKey(pem: string): boolean {
    try {
        return createPrivateKey(pem).asymmetricKeyType === "rsa";
    } catch {
        return false;
    }
}
