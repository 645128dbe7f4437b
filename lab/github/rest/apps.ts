import { createPublicKey, randomBytes, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { Lab } from "../lab.ts";
import { GitHubError, type Members, NotServedError, notFound, type Reply } from "../reply.ts";
import { simpleUser } from "../represent.ts";
import type { App, Installation } from "../store.ts";
import { type Call, parameter } from "./call.ts";

type AppHandler = (call: Call, app: App) => Reply;

const hour = 3600_000;

/** What an App asks for itself, with a token that it signs. */
export const apps: Record<string, AppHandler> = {
    "apps/create-installation-access-token": (call, app) => {
        if (Object.keys(call.body).length > 0) {
            throw new NotServedError("a token for less than its installation may do");
        }
        const installation = app.installations.find(({ id }) => String(id) === parameter(call, "installation_id"));
        if (installation === undefined) {
            throw notFound();
        }
        if (installation.suspendedAt !== null) {
            throw new GitHubError(403, "This installation has been suspended");
        }
        const { permissions } = app;
        const { repositories = accountsRepositories(call.lab, installation) } = installation;
        const expiresAt = `${new Date(Date.now() + hour).toISOString().slice(0, 19)}Z`;
        const { token } = call.lab.store.putToken({
            token: `ghs_${randomBytes(18).toString("hex")}`,
            kind: "app",
            login: `${app.slug}[bot]`,
            role: "write",
            scopes: [],
            permissions,
            repositories,
            expiresAt,
            installation: installation.id,
        });
        const selection = {
            permissions: { metadata: "read", ...permissions },
            repository_selection: selected(installation),
        };
        return { status: 201, body: { token, expires_at: expiresAt, ...selection } };
    },

    "apps/get-org-installation": (call, app) => found(call, app, parameter(call, "org"), "Organization"),
    "apps/get-user-installation": (call, app) => found(call, app, parameter(call, "username"), "User"),
};

function found(call: Call, app: App, account: string, type: "Organization" | "User"): Reply {
    const owner = call.lab.store.owner(account);
    const installation = app.installations.find((one) => one.account.toLowerCase() === account.toLowerCase());
    if (owner?.type !== type || installation === undefined) {
        throw notFound();
    }
    return { status: 200, body: represent(call.lab, app, installation) };
}

function represent(lab: Lab, app: App, installation: Installation): Members {
    const { id, account, suspendedAt } = installation;
    const owner = lab.store.owner(account);
    if (owner === undefined) {
        throw notFound();
    }
    const permissions = { metadata: "read", ...app.permissions };
    const settings = owner.type === "Organization" ? `organizations/${owner.login}/settings` : "settings";
    return {
        id,
        account: simpleUser(lab, owner),
        repository_selection: selected(installation),
        access_tokens_url: `${lab.api}/app/installations/${id}/access_tokens`,
        repositories_url: `${lab.api}/installation/repositories`,
        html_url: `${lab.web}/${settings}/installations/${id}`,
        app_id: app.id,
        app_slug: app.slug,
        target_id: owner.id,
        target_type: owner.type,
        permissions,
        events: [],
        created_at: app.createdAt,
        updated_at: app.createdAt,
        single_file_name: null,
        suspended_by: suspendedAt === null ? null : simpleUser(lab, owner),
        suspended_at: suspendedAt,
    };
}

const selected = ({ repositories }: Installation): string => (repositories === undefined ? "all" : "selected");

function accountsRepositories(lab: Lab, { account }: Installation): string[] {
    const owned = lab.store.repositories.filter(({ owner }) => owner.toLowerCase() === account.toLowerCase());
    return owned.map(({ owner, name }) => `${owner}/${name}`);
}

/**
 * The App that has signed the request, or GitHub's words for what is wrong with the signature.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function appOf(lab: Lab, { authorization = "" }: IncomingHttpHeaders): App {
    const [, header = "", payload = "", signature = ""] =
        /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization) ?? [];
    const undecodable = new GitHubError(401, "A JSON web token could not be decoded");
    const { alg } = decoded(header);
    const { iss, iat, exp } = decoded(payload);
    if (alg !== "RS256") {
        throw undecodable;
    }
    const app = lab.store.apps.find(({ id }) => String(id) === String(iss));
    if (app === undefined) {
        throw new GitHubError(404, "Integration not found");
    }
    const isSigned = app.publicKeys.some((pem) =>
        verify(
            "RSA-SHA256",
            Buffer.from(`${header}.${payload}`),
            createPublicKey(pem),
            Buffer.from(signature, "base64url"),
        ),
    );
    if (!isSigned) {
        throw undecodable;
    }
    const now = Date.now() / 1000;
    if (typeof exp !== "number" || exp <= now) {
        const words = "must be a numeric value representing the future time at which the assertion expires";
        throw new GitHubError(401, `'Expiration time' claim ('exp') ${words}`);
    }
    if (exp > now + 600) {
        throw new GitHubError(401, "'Expiration time' claim ('exp') is too far in the future");
    }
    if (typeof iat !== "number" || iat > now) {
        const words = "must be an Integer representing the time that the assertion was issued";
        throw new GitHubError(401, `'Issued at' claim ('iat') ${words}`);
    }
    return app;
}

function decoded(part: string): Members {
    try {
        return JSON.parse(Buffer.from(part, "base64url").toString()) as Members;
    } catch {
        return {};
    }
}
