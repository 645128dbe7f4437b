import semver from "semver";
import { z } from "zod";

import type { Problem } from "../domain/problem";
import type { Component } from "./flux";
import { tokenProblem } from "./token";

const names = "expected a name of lower case letters, digits and -";

/** A map by the name of a notification. Flux's objects get these names as part of their own. */
function byName<T extends z.ZodType>(schema: T) {
    return z.record(z.string().regex(/^[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?$/), schema, {
        error: ({ code }) => (code === "invalid_key" ? names : undefined),
    });
}

/** https://fluxcd.io/flux/components/notification/providers/#type */
const notification = z.strictObject({
    type: z.enum(["slack", "discord", "msteams", "generic"]),
    severity: z.enum(["info", "error"]).default("info"),
});

export const notificationsSchema = byName(notification);
export const notificationAddressesSchema = byName(z.string("expected the address of a webhook as text"));

/** The notifications by name. Their addresses are secrets, and kept apart. */
export type Notifications = z.infer<typeof notificationsSchema>;

/** The credential that Flux uses to write commit statuses. */
export const commitStatusSchema = z.enum(["none", "token", "githubApp"]);
export type CommitStatusMode = z.infer<typeof commitStatusSchema>;

/** The kinds whose events are sent. */
export const eventKinds = [
    "Kustomization",
    "HelmRelease",
    "GitRepository",
    "OCIRepository",
    "HelmRepository",
    "HelmChart",
    "ImageRepository",
    "ImagePolicy",
    "ImageUpdateAutomation",
];

/**
 * Older versions of notification-controller dropped failures:
 * https://github.com/fluxcd/notification-controller/pull/1317
 */
const failuresFrom = "2.9.0";
const addressesKey = "fluxcd:notificationAddresses";
const tokenKey = "fluxcd:commitStatusToken";

interface Keys {
    readonly notifications: Notifications;
    readonly notificationAddresses: Readonly<Record<string, string>>;
    readonly commitStatus: CommitStatusMode;
    readonly commitStatusToken: string;
    readonly identity: { readonly kind: string };
    readonly flux: { readonly components: readonly Component[] };
    readonly fluxVersion: string;
}

interface Where {
    readonly stack: string;
    /** The full keys of the settings that are encrypted in the stack file, completely or in part. */
    readonly secrets: readonly string[];
    /** Whether secret values are available: yes in `pulumi up`, no in the CLI commands. */
    readonly decrypted: boolean;
}

/** Returns the problems with notifications and commit statuses. Never shows an address or the token. */
export function notificationProblems(keys: Keys, where: Where): Problem[] {
    return [
        ...Object.keys(keys.notifications).flatMap((name) => addressProblems(name, keys, where)),
        ...leftoverAddresses(keys, where.stack),
        ...tokenProblems(keys, where),
        ...commitStatusProblems(keys, where.stack),
        ...componentProblems(keys, where.stack),
    ];
}

function addressProblems(name: string, { notificationAddresses }: Keys, where: Where): Problem[] {
    const { stack, secrets, decrypted } = where;
    const address = notificationAddresses[name];
    const key = `${addressesKey}.${name}`;
    const fix = `pulumi config set --stack ${stack} --secret --path '${key}'`;
    const isSecret = secrets.includes(addressesKey);
    if (address === undefined) {
        const known = decrypted || !isSecret;
        return known
            ? [{ key, expected: `is missing: the notification ${name} needs its webhook's address`, fix }]
            : [];
    }
    if (!isSecret) {
        const expected =
            "is in the stack file as plain text: expected a secret, because anyone with the address can post there";
        return [{ key, expected, fix: `${fix}   (a new one: this one is exposed)` }];
    }
    return isAddress(address) ? [] : [{ key, expected: "expected the https or http URL of a webhook", fix }];
}

function leftoverAddresses({ notifications, notificationAddresses }: Keys, stack: string): Problem[] {
    return Object.keys(notificationAddresses)
        .filter((name) => !(name in notifications))
        .map((name) => ({
            key: `${addressesKey}.${name}`,
            expected: `has no notification: expected one with this name in fluxcd:notifications`,
            fix: `pulumi config rm --stack ${stack} --path '${addressesKey}.${name}'`,
        }));
}

function tokenProblems({ commitStatus, commitStatusToken }: Keys, { stack, secrets }: Where): Problem[] {
    const given = commitStatusToken !== "" || secrets.includes(tokenKey);
    const fix = `pulumi config set --stack ${stack} --secret ${tokenKey}`;
    if (commitStatus !== "token") {
        const expected = `is for fluxcd:commitStatus token, but that setting is ${commitStatus}`;
        const remove = `pulumi config rm --stack ${stack} ${tokenKey}`;
        return given ? [{ key: tokenKey, expected, fix: remove }] : [];
    }
    if (!given) {
        return [{ key: tokenKey, expected: "is missing: fluxcd:commitStatus token needs it", fix }];
    }
    const expected = "is in the stack file as plain text: expected a secret";
    const another = `${fix}   (with a new one: this one is exposed)`;
    if (!secrets.includes(tokenKey)) {
        return [{ key: tokenKey, expected, fix: another }];
    }
    const malformed = tokenProblem(tokenKey, commitStatusToken, fix);
    return malformed ? [malformed] : [];
}

function commitStatusProblems({ commitStatus: value, identity, fluxVersion }: Keys, stack: string): Problem[] {
    const key = "fluxcd:commitStatus";
    const noApp: Problem = {
        key,
        value,
        expected: `needs fluxcd:identity.kind githubApp, but that setting is ${identity.kind}; expected token`,
        fix: `pulumi config set --stack ${stack} ${key} token`,
    };
    const tooOld: Problem = {
        key,
        value,
        expected: `Flux ${fluxVersion} does not report failures as commit statuses; they need v${failuresFrom} or later`,
        fix: `pulumi config set --stack ${stack} ${key} none   (or raise fluxcd:fluxVersion)`,
    };
    return [
        ...(value === "githubApp" && identity.kind !== "githubApp" ? [noApp] : []),
        ...(value !== "none" && semver.lt(fluxVersion, failuresFrom) ? [tooOld] : []),
    ];
}

function componentProblems({ notifications, commitStatus, flux: { components } }: Keys, stack: string): Problem[] {
    const needed = Object.keys(notifications).length > 0 || commitStatus !== "none";
    const position = components.length;
    const missing: Problem = {
        key: "fluxcd:flux.components",
        value: components,
        expected: "notifications and commit statuses need notification-controller, which is not in the list",
        fix: `pulumi config set --stack ${stack} --path 'fluxcd:flux.components[${position}]' notification-controller`,
    };
    return needed && !components.includes("notification-controller") ? [missing] : [];
}

/**
 * Whether notification-controller accepts an address: https://fluxcd.io/flux/components/notification/providers/#address
 */
function isAddress(text: string): boolean {
    const { protocol = "" } = URL.parse(text.trim()) ?? {};
    return ["https:", "http:"].includes(protocol) && text.length <= 2048;
}
