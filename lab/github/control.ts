import { putApp } from "./control-apps.ts";
import { addToken } from "./control-tokens.ts";
import type { Fault, Lab, NewFault, Via } from "./lab.ts";
import type { Members, Reply } from "./reply.ts";

/** The stand-in's own door, for people and tests: what was asked, what went wrong, and what shall go wrong. */
export function answerControl(lab: Lab, method: string, path: string, text: string): Reply {
    const body = (text === "" ? {} : JSON.parse(text)) as Members;
    const [, door = path, to = ""] = /^(\/_lab\/inbox)\/(.+)$/.exec(path) ?? [];
    switch (`${method} ${door}`) {
        case "GET /_lab/requests":
            return { status: 200, body: lab.requests };
        case "DELETE /_lab/requests":
            lab.requests = [];
            return { status: 204 };
        case "GET /_lab/errors":
            return { status: 200, body: lab.errors };
        case "DELETE /_lab/errors":
            lab.errors = [];
            return { status: 204 };
        case "GET /_lab/faults":
            return { status: 200, body: lab.faults };
        case "POST /_lab/faults":
            return { status: 201, body: lab.addFault(faultOf(body)) };
        case "DELETE /_lab/faults":
            lab.faults = [];
            return { status: 204 };
        case "GET /_lab/owners":
            return { status: 200, body: lab.store.owners };
        case "POST /_lab/owners":
            return { status: 201, body: lab.store.putOwner(ownerOf(body)) };
        case "GET /_lab/tokens":
            return { status: 200, body: lab.store.tokens };
        case "POST /_lab/tokens":
            return { status: 201, body: addToken(lab, body) };
        case "DELETE /_lab/tokens":
            lab.store.forgetTokens(({ token }) => body.token === undefined || body.token === token);
            return { status: 204 };
        case "GET /_lab/apps":
            return { status: 200, body: lab.store.apps };
        case "POST /_lab/apps":
            return { status: 201, body: putApp(lab, body) };
        case "DELETE /_lab/apps":
            lab.store.forgetApps();
            return { status: 204 };
        case "GET /_lab/hosts":
            return { status: 200, body: lab.store.hosts };
        case "POST /_lab/hosts":
            lab.store.putHosts(hostsOf(body));
            return { status: 204 };
        case "GET /_lab/inbox":
            return { status: 200, body: lab.inbox };
        case "POST /_lab/inbox":
            lab.inbox.push({ at: new Date().toISOString(), to, body });
            return { status: 200, body: {} };
        case "DELETE /_lab/inbox":
            lab.inbox = [];
            return { status: 204 };
        default:
            return { status: 404, body: { message: `no ${method} ${path}` } };
    }
}

const kinds: Record<string, string> = {
    match: "object",
    status: "number",
    body: "any",
    headers: "object",
    expireToken: "boolean",
    delayMs: "number",
    drop: "boolean",
    truncateBytes: "number",
    answerDelayMs: "number",
    skip: "number",
    times: "number",
};
const vias: readonly Via[] = ["rest", "graphql", "git-http", "git-ssh", "release"];

/** A fault that is misspelt would strike nothing, and the test that asked for it would pass for the wrong reason. */
function faultOf(body: Members): NewFault {
    for (const [name, value] of Object.entries(body)) {
        if (kinds[name] !== "any" && kinds[name] !== typeof value) {
            throw new TypeError(
                `a fault has no ${name} of type ${typeof value}; it has ${Object.keys(kinds).join(", ")}`,
            );
        }
    }
    const match = (body.match ?? {}) as Fault["match"];
    const unknown = Object.keys(match).filter((name) => !["method", "path", "via"].includes(name));
    if (unknown.length > 0 || (match.via !== undefined && !vias.includes(match.via))) {
        throw new TypeError(`match is made of method, path and via (one of ${vias.join(", ")})`);
    }
    const impossible = ["truncateBytes", "answerDelayMs", "expireToken"].filter((name) => body[name] !== undefined);
    if (match.via === "git-ssh" && impossible.length > 0) {
        throw new TypeError(`over SSH the stand-in can delay, drop and refuse, and knows no ${impossible.join(", ")}`);
    }
    new RegExp(match.path ?? "");
    return { ...body, match };
}

function hostsOf(body: Members): Record<string, string> {
    const isAddress = (value: unknown): boolean =>
        typeof value === "string" &&
        URL.parse(value)?.protocol === "http:" &&
        /^http:\/\/127\.0\.0\.1:\d+$/.test(value);
    if (!Object.values(body).every(isAddress)) {
        throw new TypeError("hosts are addresses such as http://127.0.0.1:20000, by the name of each");
    }
    return body as Record<string, string>;
}

function ownerOf(body: Members): {
    login: string;
    type: "User" | "Organization";
    plan: string;
    deployKeysEnabled: boolean;
} {
    const { login, type = "Organization", plan = "team", deployKeysEnabled = true } = body;
    if (typeof login !== "string" || (type !== "User" && type !== "Organization")) {
        throw new TypeError("an owner has a login and the type User or Organization");
    }
    if (typeof plan !== "string" || !["free", "pro", "team", "enterprise"].includes(plan)) {
        throw new TypeError("an owner's plan is free, pro, team or enterprise");
    }
    return { login, type, plan, deployKeysEnabled: deployKeysEnabled === true };
}
