import { z } from "zod";

import type { Config } from "../../config/parse";
import { isSoon, renewal } from "../../checks/credentials";
import type { GitHub } from "../../clients/github";
import { statusOf } from "../../clients/octokit";
import { sourceNames } from "../../domain/release";
import { messageOf } from "../../domain/problem";
import { stackOutputs } from "../tools/pulumi";

/** How old a credential is, and how long it serves. Times are ISO 8601. */
export interface Credential {
    /** Such as `GITHUB_TOKEN` or `deploy key of fluxcd-apps`. */
    readonly name: string;
    /** `ending` from `fluxcd:tokenExpiryWarningDays` on; `ended` is expired, revoked or gone. */
    readonly state: "good" | "ending" | "ended" | "unknown";
    readonly made?: string;
    /** When it was last read with, as far as GitHub tells. */
    readonly lastUsed?: string;
    readonly expires?: string;
    /** What is wrong with it, or why nothing is known of it. */
    readonly message?: string;
    readonly fix?: string;
}

interface Subject {
    /** The stack's name, as pulumi understands it. */
    readonly stack: string;
    readonly config: Config;
    /** Undefined where there is no token to ask with. */
    readonly github: GitHub | undefined;
    readonly now: Date;
}

const exportToken = "export GITHUB_TOKEN=$(gh auth token)";

/** The token here and what Flux reads with. Never fails: what GitHub does not tell is unknown, and why. */
export async function credentialsOf(subject: Subject): Promise<Credential[]> {
    const [token, flux] = await Promise.all([tokenHere(subject), fluxReadsWith(subject)]);
    return [token, ...flux];
}

async function tokenHere({ config, github, now }: Subject): Promise<Credential> {
    const name = "GITHUB_TOKEN";
    if (!github) {
        return { name, state: "unknown", message: "is not set, so GitHub was not asked", fix: exportToken };
    }
    try {
        await github.repository(config.apps.repository);
    } catch (error) {
        return statusOf(error) === 401
            ? { name, state: "ended", message: "GitHub refuses it: expired, revoked or mistyped", fix: exportToken }
            : { name, state: "unknown", message: notTold(error) };
    }
    const expires = github.tokenExpires?.toISOString().replace(".000Z", "Z");
    const renew = `regenerate it at https://github.com/settings/tokens, then ${exportToken}`;
    return ending({ name, expires, renew }, config, now);
}

async function fluxReadsWith(subject: Subject): Promise<Credential[]> {
    const { config } = subject;
    switch (config.identity.kind) {
        case "deployKey":
            return Promise.all(sourceNames.map((name) => deployKey(subject, config[name].repository)));
        case "token":
            return [await tokenOfFlux(subject)];
        case "githubApp":
            return [
                {
                    name: "fluxcd:githubAppPrivateKey",
                    state: "good",
                    message: "has no end, and GitHub does not tell its age",
                },
            ];
    }
}

async function deployKey({ config, github }: Subject, repository: string): Promise<Credential> {
    const { stack } = config;
    const name = `deploy key of ${repository}`;
    if (!github) {
        return { name, state: "unknown", message: "GITHUB_TOKEN is not set, so GitHub was not asked" };
    }
    try {
        const keys = (await github.deployKeys(repository)).filter(({ title }) => title === `flux-${stack}`);
        // While a rotation is under way there are two, and Flux reads with the newer one.
        const key = keys.toSorted((a, b) => Date.parse(b.made) - Date.parse(a.made))[0];
        if (!key) {
            const message = `${config.github.owner}/${repository} has no deploy key flux-${stack}: it was deleted, or never made`;
            return { name, state: "ended", message, fix: `pulumi up --stack ${stack} --refresh` };
        }
        return { name, state: "good", made: key.made, ...(key.lastUsed && { lastUsed: key.lastUsed }) };
    } catch (error) {
        return { name, state: "unknown", message: notTold(error) };
    }
}

const outputsSchema = z.object({ credentials: z.object({ flux: z.object({ expires: z.iso.datetime().optional() }) }) });

/** A command has no secrets: what the last update learned of the token is what is known. */
async function tokenOfFlux({ stack, config, now }: Subject): Promise<Credential> {
    const name = "fluxcd:gitToken";
    const outputs = await stackOutputs(stack).catch(() => undefined);
    const { success, data } = outputsSchema.safeParse(outputs);
    return success
        ? ending({ name, expires: data.credentials.flux.expires, renew: renewal(config) }, config, now)
        : { name, state: "unknown", message: "the stack has no output that says when it ends" };
}

function ending(
    { name, expires, renew }: { readonly name: string; readonly expires: string | undefined; readonly renew: string },
    config: Config,
    now: Date,
): Credential {
    if (expires === undefined) {
        return { name, state: "good", message: "GitHub names no day on which it ends" };
    }
    if (Date.parse(expires) <= now.getTime()) {
        return { name, state: "ended", expires, message: "is expired", fix: renew };
    }
    return isSoon(expires, config, now)
        ? { name, state: "ending", expires, message: "ends soon", fix: renew }
        : { name, state: "good", expires };
}

function notTold(error: unknown): string {
    const status = statusOf(error);
    // GitHub answers 404, not 403, where a token may not even know.
    return status === 403 || status === 404
        ? `the token may not see it: it takes Administration read, of a classic token the scope repo (${messageOf(error)})`
        : `GitHub did not say: ${messageOf(error)}`;
}
