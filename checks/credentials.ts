import { type Config, githubToken, identitySecret } from "../config";
import { hostOf } from "../config/gh";
import { kindOfToken, renewToken } from "../config/tokenKinds";
import { messageOf, type Problem } from "../domain/problem";
import { explainFetchError, inWords } from "../explain/fetchErrors";
import type { Seen } from "./sources";
import { GitHub } from "../clients/github";
import { statusOf } from "../clients/octokit";
import { readSources } from "../clients/cluster";

/** The facts about credentials for the outputs. They do not change until a credential does. */
export interface Credentials {
    readonly github: { readonly expires?: string };
    readonly flux: { readonly identity: Config["identity"]["kind"]; readonly expires?: string };
}

interface AsFlux {
    readonly expires?: Date | undefined;
    readonly problems: readonly Problem[];
}

/** Checks that Flux's own token, if it has one, can read the refs. Only Flux can try an App or a deploy key. */
export async function lookAsFlux(config: Config, seen: readonly Seen[]): Promise<AsFlux> {
    if (config.identity.kind !== "token") {
        return { problems: [] };
    }
    const secret = identitySecret(config);
    if (secret === "") {
        // The CLI commands have no secrets.
        return { problems: [] };
    }
    const github = new GitHub(config.github, secret);
    const found = await Promise.all(seen.map(({ repository, ref }) => unreadable(github, config, repository, ref)));
    return { expires: github.tokenExpires, problems: found.flat().slice(0, 1) };
}

async function unreadable(github: GitHub, config: Config, repository: string, ref: string): Promise<Problem[]> {
    const fullName = `${config.github.owner}/${repository}`;
    const problem = (expected: string): Problem[] => [{ key: "fluxcd:gitToken", expected, fix: renewal(config) }];
    try {
        const isRead = (await github.commit(repository, ref)) !== undefined;
        return isRead ? [] : problem(`it cannot see ${fullName}: expected a token that may read its contents`);
    } catch (error) {
        switch (statusOf(error)) {
            case 401:
                return problem(`GitHub refuses the token, which is expired, revoked or wrong: ${messageOf(error)}`);
            case 403:
                return problem(`it may not read the contents of ${fullName}: ${messageOf(error)}`);
            default:
                throw error;
        }
    }
}

export const renewal = ({ stack }: Config) => `pulumi config set --stack ${stack} --secret fluxcd:gitToken`;

export function credentialsOf({ identity }: Config, github: GitHub, flux: AsFlux): Credentials {
    const expires = (date: Date | undefined) => date && { expires: date.toISOString().replace(".000Z", "Z") };
    return {
        github: { ...expires(github.tokenExpires) },
        flux: { identity: identity.kind, ...expires(flux.expires) },
    };
}

/** A warning for each token that expires soon: the effect, and how to renew it. */
export function expiryWarnings(config: Config, { github, flux }: Credentials, now: Date): string[] {
    const words = (name: string, expires: string | undefined, rest: string) =>
        expires !== undefined && isSoon(expires, config, now) ? [`${name} expires at ${expires}. ${rest}`] : [];
    const { stack } = config;
    const { baseUrl } = config.github;
    const token = githubToken();
    const { keys, losesKeys, lives } = kindOfToken(token);
    const lost =
        losesKeys && config.identity.kind === "deployKey"
            ? ` It has made deploy keys if it has updated a stack: ${keys}.`
            : "";
    return [
        ...(lives === undefined
            ? words(
                  "The token in GITHUB_TOKEN",
                  github.expires,
                  `After that, stack ${stack} cannot be previewed or updated. ${sentence(renewToken(token, baseUrl))}${lost}`,
              )
            : []),
        ...words(
            "The token of fluxcd:gitToken",
            flux.expires,
            `After that, Flux fetches nothing, and the workloads keep running. Regenerate it at https://${hostOf(baseUrl)}/settings/tokens, then: ${renewal(config)} && pulumi up --stack ${stack}`,
        ),
    ];
}

function sentence(text: string): string {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Whether a token expires within `tokenExpiryWarningDays`. */
export function isSoon(expires: string, config: Pick<Config, "tokenExpiryWarningDays">, now: Date): boolean {
    return Date.parse(expires) - now.getTime() <= config.tokenExpiryWarningDays * 24 * 3600_000;
}

/** A warning for each source that Flux cannot fetch, from its Ready condition. Empty if the cluster does not answer. */
export async function fetchWarnings(config: Config): Promise<string[]> {
    const names = new Set(Object.keys(config.sources));
    const sources = await readSources(config.context).catch(() => []);
    return sources.flatMap(({ metadata: { name }, spec = {}, status }) => {
        const ready = status?.conditions?.find(({ type }) => type === "Ready");
        if (!names.has(name) || ready?.status !== "False" || spec.suspend === true) {
            return [];
        }
        const why = explainFetchError(spec, ready.message, config.stack);
        const says = `Flux says ${ready.reason}: ${ready.message}`;
        return [`Flux cannot read ${name}${why === undefined ? "" : `: ${inWords(why)}`}. ${says}`];
    });
}
