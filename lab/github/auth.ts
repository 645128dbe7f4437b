import type { IncomingHttpHeaders } from "node:http";
import { timingSafeEqual } from "node:crypto";
import type { Token } from "./store.ts";

/** A request's token; "none" without one, "invalid" with one that GitHub does not (or no longer) know. */
export type Credentials = Token | "none" | "invalid";

export function credentialsOf(headers: IncomingHttpHeaders, tokens: readonly Token[], expired: boolean): Credentials {
    const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ");
    if (scheme === "") {
        return "none";
    }
    const given = /^basic$/i.test(scheme) ? basic(value) : [value];
    const found = tokens.find(({ token }) => given.some((one) => same(one, token)));
    const isOver = found?.expiresAt !== undefined && Date.parse(found.expiresAt) <= Date.now();
    return expired || isOver ? "invalid" : (found ?? "invalid");
}

export function tokenOf(credentials: Credentials): Token | undefined {
    return typeof credentials === "string" ? undefined : credentials;
}

/** GitHub takes the token as the password of any user, or as the user name. */
function basic(value: string): string[] {
    const text = Buffer.from(value, "base64").toString();
    const colon = text.indexOf(":");
    return colon === -1 ? [text] : [text.slice(colon + 1), text.slice(0, colon)];
}

function same(a: string, b: string): boolean {
    const [left, right] = [Buffer.from(a), Buffer.from(b)];
    return left.length === right.length && timingSafeEqual(left, right);
}
