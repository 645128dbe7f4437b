import semver from "semver";
import { z } from "zod";

import type { Problem } from "../domain/problem";
import type { Component } from "./flux";
import { tokenProblem } from "./token";

const names = "expected a name of lower case letters, digits and -";

/** A map by the names of the notifications, which end up in the names of Flux's objects. */
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

/** Who is told what. Where, is a secret. */
export type Notifications = z.infer<typeof notificationsSchema>;

/** What Flux writes commit statuses with. */
export const commitStatusSchema = z.enum(["none", "token", "githubApp"]);
export type CommitStatusMode = z.infer<typeof commitStatusSchema>;

/** Before it, notification-controller dropped failures: https://github.com/fluxcd/notification-controller/pull/1317 */
const failuresFrom = "2.9.0";
const addressesKey = "fluxcd:notificationAddresses";
const tokenKey = "fluxcd:commitStatusToken";

interface Keys {
    readonly notifications: Notifications;
    readonly notificationAddresses: Readonly<Record<string, string>>;
    readonly commitStatus: CommitStatusMode;
    readonly commitStatusToken: string;
    readonly identity: string;
    readonly fluxComponents: readonly Component[];
    readonly fluxVersion: string;
}

interface Where {
    readonly stack: string;
    /** The full keys of the settings that are encrypted in the stack file, also of those that are so in a part. */
    readonly secrets: readonly string[];
    /** Whether the values of secrets are known, which they are to the program and not to the commands beside it. */
    readonly decrypted: boolean;
}

/** What is wrong with who is told of what Flux does. Never says an address or the token. */
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
        const expected = "stands in the stack file as plain text: expected a secret, as who has it can write there";
        return [{ key, expected, fix: `${fix}   (another one: this one has been seen)` }];
    }
    return isAddress(address) ? [] : [{ key, expected: "expected the URL of a webhook, by https or http", fix }];
}

function leftoverAddresses({ notifications, notificationAddresses }: Keys, stack: string): Problem[] {
    return Object.keys(notificationAddresses)
        .filter((name) => !(name in notifications))
        .map((name) => ({
            key: `${addressesKey}.${name}`,
            expected: `is the address of no notification: expected one of that name in fluxcd:notifications`,
            fix: `pulumi config rm --stack ${stack} --path '${addressesKey}.${name}'`,
        }));
}

function tokenProblems({ commitStatus, commitStatusToken }: Keys, { stack, secrets }: Where): Problem[] {
    const given = commitStatusToken !== "" || secrets.includes(tokenKey);
    const fix = `pulumi config set --stack ${stack} --secret ${tokenKey}`;
    if (commitStatus !== "token") {
        const expected = `belongs to fluxcd:commitStatus token, and that is ${commitStatus}`;
        const remove = `pulumi config rm --stack ${stack} ${tokenKey}`;
        return given ? [{ key: tokenKey, expected, fix: remove }] : [];
    }
    if (!given) {
        return [{ key: tokenKey, expected: "is missing: fluxcd:commitStatus token needs it", fix }];
    }
    const expected = "stands in the stack file as plain text: expected a secret";
    const another = `${fix}   (and make another: this one has been seen)`;
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
        expected: `writes as the App of fluxcd:identity githubApp, and the identity is ${identity}; expected token`,
        fix: `pulumi config set --stack ${stack} ${key} token`,
    };
    const tooOld: Problem = {
        key,
        value,
        expected: `Flux ${fluxVersion} reports no failures as commit status; it does from v${failuresFrom} on`,
        fix: `pulumi config set --stack ${stack} ${key} none   (or raise fluxcd:fluxVersion)`,
    };
    return [
        ...(value === "githubApp" && identity !== "githubApp" ? [noApp] : []),
        ...(value !== "none" && semver.lt(fluxVersion, failuresFrom) ? [tooOld] : []),
    ];
}

function componentProblems({ notifications, commitStatus, fluxComponents }: Keys, stack: string): Problem[] {
    const needed = Object.keys(notifications).length > 0 || commitStatus !== "none";
    const position = fluxComponents.length;
    const missing: Problem = {
        key: "fluxcd:fluxComponents",
        value: fluxComponents,
        expected: "notifications and commit statuses are sent by notification-controller, which is not among them",
        fix: `pulumi config set --stack ${stack} --path 'fluxcd:fluxComponents[${position}]' notification-controller`,
    };
    return needed && !fluxComponents.includes("notification-controller") ? [missing] : [];
}

/** What notification-controller takes: https://fluxcd.io/flux/components/notification/providers/#address */
function isAddress(text: string): boolean {
    const { protocol = "" } = URL.parse(text.trim()) ?? {};
    return ["https:", "http:"].includes(protocol) && text.length <= 2048;
}
