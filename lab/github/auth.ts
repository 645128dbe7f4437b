import type { IncomingHttpHeaders } from "node:http";
import { timingSafeEqual } from "node:crypto";

/** Whose token a request carries: none, the valid one, or one that GitHub does not (or no longer) know. */
export type Credentials = "none" | "valid" | "invalid";

export function credentialsOf(headers: IncomingHttpHeaders, token: string, expired: boolean): Credentials {
    const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ");
    if (scheme === "") {
        return "none";
    }
    const given = /^basic$/i.test(scheme) ? basic(value) : [value];
    return !expired && given.some((one) => same(one, token)) ? "valid" : "invalid";
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
