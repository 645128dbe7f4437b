import type { Config } from "../../config/parse";
import { firstToken } from "../../config/gh";
import { githubToken } from "../../config/token";
import { kindOfToken, renewToken, usedToken } from "../../config/tokenKinds";
import { isSoon, renewal } from "../../checks/credentials";
import type { GitHub } from "../../clients/github";
import { statusOf } from "../../clients/octokit";
import { promotedSources } from "../../config/sources";
import { outputsSchema } from "../../domain/outputs";
import { compact } from "../../domain/records";
import { messageOf } from "../../domain/problem";
import { stackOutputs } from "../tools/pulumi";

/** The age and expiry of a credential. Times are in ISO 8601. */
export interface Credential {
    /** The name, such as `GITHUB_TOKEN` or `deploy key of fluxcd-apps`. */
    readonly name: string;
    /** `ending` means within `fluxcd:tokenExpiryWarningDays`; `ended` means expired, revoked or deleted. */
    readonly state: "good" | "ending" | "ended" | "unknown";
    readonly made?: string;
    /** The time of its last use, if GitHub reports it. */
    readonly lastUsed?: string;
    readonly expires?: string;
    /** The problem, or the reason nothing is known about it. */
    readonly message?: string;
    readonly fix?: string;
}

interface Subject {
    /** The name of the stack, as pulumi accepts it. */
    readonly stack: string;
    readonly config: Config;
    /** Undefined if there is no token. */
    readonly github: GitHub | undefined;
    readonly now: Date;
}

/**
 * The token here and Flux's Git credentials. Never fails: if GitHub does not answer, the state is unknown, with the
 * reason.
 */
export async function credentialsOf(subject: Subject): Promise<Credential[]> {
    const [token, flux] = await Promise.all([tokenHere(subject), fluxReadsWith(subject)]);
    return [token, ...flux];
}

async function tokenHere({ config, github, now }: Subject): Promise<Credential> {
    const name = "GITHUB_TOKEN";
    const { baseUrl } = config.github;
    if (!github) {
        const fix = firstToken(baseUrl);
        return { name, state: "unknown", message: "is not set, so GitHub was not asked", fix };
    }
    try {
        await github.repository(promotedSources(config)[0]?.repository ?? "");
    } catch (error) {
        const fix = usedToken(githubToken(), baseUrl);
        return statusOf(error) === 401
            ? { name, state: "ended", message: "GitHub refuses it: expired, revoked or wrong", fix }
            : { name, state: "unknown", message: notTold(error) };
    }
    const expires = github.tokenExpires?.toISOString().replace(".000Z", "Z");
    const renew = renewToken(githubToken(), baseUrl);
    return ending({ name, expires, renew, lives: kindOfToken(githubToken()).lives }, config, now);
}

async function fluxReadsWith(subject: Subject): Promise<Credential[]> {
    const { config } = subject;
    switch (config.identity.kind) {
        case "deployKey":
            return Promise.all(repositoriesOf(config).map((repository) => deployKey(subject, repository)));
        case "token":
            return [await tokenOfFlux(subject)];
        case "githubApp":
            return [
                {
                    name: "fluxcd:githubAppPrivateKey",
                    state: "good",
                    message: "does not expire, and GitHub does not show its age",
                },
            ];
    }
}

/** The repositories that Flux reads, each with its own deploy key. */
function repositoriesOf({ sources }: Config): string[] {
    return [...new Set(compact(Object.values(sources).map(({ repository }) => repository)))];
}

async function deployKey({ config, github }: Subject, repository: string): Promise<Credential> {
    const { stack } = config;
    const name = `deploy key of ${repository}`;
    if (!github) {
        return { name, state: "unknown", message: "GITHUB_TOKEN is not set, so GitHub was not asked" };
    }
    try {
        const keys = (await github.deployKeys(repository)).filter(({ title }) => title === `flux-${stack}`);
        // During a rotation there are two keys, and Flux uses the newer one.
        const key = keys.toSorted((a, b) => Date.parse(b.made) - Date.parse(a.made))[0];
        if (!key) {
            const message = `${config.github.owner}/${repository} has no deploy key flux-${stack}: it was deleted, or never created`;
            return { name, state: "ended", message, fix: `pulumi up --stack ${stack} --refresh` };
        }
        return { name, state: "good", made: key.made, ...(key.lastUsed && { lastUsed: key.lastUsed }) };
    } catch (error) {
        return { name, state: "unknown", message: notTold(error) };
    }
}

/** CLI commands have no secrets, so this uses the expiry in the outputs of the last update. */
async function tokenOfFlux({ stack, config, now }: Subject): Promise<Credential> {
    const name = "fluxcd:gitToken";
    const outputs = await stackOutputs(stack).catch(() => undefined);
    const { success, data } = outputsSchema.safeParse(outputs);
    return success
        ? ending({ name, expires: data.credentials.flux.expires, renew: renewal(config) }, config, now)
        : { name, state: "unknown", message: "the stack has no output with its expiry date" };
}

interface Ending {
    readonly name: string;
    readonly expires: string | undefined;
    readonly renew: string;
    readonly lives?: string | undefined;
}

function ending({ name, expires, renew, lives }: Ending, config: Config, now: Date): Credential {
    if (expires === undefined) {
        return { name, state: "good", message: "GitHub shows no expiry date" };
    }
    if (Date.parse(expires) <= now.getTime()) {
        return { name, state: "ended", expires, message: "is expired", fix: renew };
    }
    return lives === undefined && isSoon(expires, config, now)
        ? { name, state: "ending", expires, message: "ends soon", fix: renew }
        : { name, state: "good", expires };
}

function notTold(error: unknown): string {
    const status = statusOf(error);
    // GitHub answers 404 instead of 403 if the token may not know that the object exists.
    return status === 403 || status === 404
        ? `GITHUB_TOKEN cannot read it: it needs Administration: read, or the scope repo if it is a classic token (${messageOf(error)})`
        : `GitHub did not say: ${messageOf(error)}`;
}
