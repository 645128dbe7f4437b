import type { FoundRepository, GitHub, Owner } from "../clients/github";
import { hasNoAnswer, statusOf } from "../clients/octokit";
import type { Config } from "../config";
import { exportToken } from "../config/token";
import { setConfig } from "../domain/commands";
import { type Problem, withoutHeader } from "../domain/problem";
import { askGitHub, remedyOf } from "../explain/githubAnswers";
import { type Credentials, credentialsOf, lookAsFlux } from "./credentials";
import { type FoundSource, lookAtSources } from "./sources";

/** The facts about a stack on GitHub. */
export interface FoundOnGitHub {
    readonly sshHostKeys: readonly string[];
    /** The sources by name, without those that have a problem and those whose repository this run creates. */
    readonly sources: Readonly<Record<string, FoundSource>>;
    readonly credentials: Credentials;
    /** Whether GitHub answered. If not, the only problem has the reason. */
    readonly answered: boolean;
}

interface Findings extends FoundOnGitHub {
    readonly problems: readonly Problem[];
}

/** Checks the owner, the sources and Flux's Git credential. It is also a problem if GitHub does not answer. */
export async function lookAtGitHub(config: Config, github: GitHub): Promise<Findings> {
    return look(config, github).catch((error: unknown) => unanswered(config, error));
}

async function look(config: Config, github: GitHub): Promise<Findings> {
    const [sshHostKeys, owner, sources] = await Promise.all([
        github.sshHostKeys(),
        github.describeOwner().catch(nothingOfOwner),
        lookAtSources(config, github),
    ]);
    const flux = await lookAsFlux(config, sources.seen);
    return {
        sshHostKeys,
        sources: sources.found,
        credentials: credentialsOf(config, github, flux),
        answered: true,
        problems: [
            ...ownerProblems(config, owner),
            ...planProblems(config, owner, sources.found.infrastructure?.repository),
            ...hostKeyProblems(config, sshHostKeys),
            ...sources.problems,
            ...flux.problems,
        ],
    };
}

/** What is known of the owner if GitHub fails to describe it. It is needed only for better messages. */
function nothingOfOwner(error: unknown): Owner {
    if (!hasNoAnswer(error)) {
        throw error;
    }
    return { type: "user", plan: undefined, deployKeysEnabled: undefined, viewer: undefined };
}

function ownerProblems({ github, identity, imageAutomation }: Config, { deployKeysEnabled }: Owner): Problem[] {
    const expected = imageAutomation
        ? "the organization has deploy keys disabled, and image automation pushes with a deploy key"
        : "the organization has deploy keys disabled, and Flux reads each repository with a deploy key";
    const fix = `enable them under https://github.com/organizations/${github.owner}/settings/deploy_keys   (or set fluxcd:identity${imageAutomation ? " and remove fluxcd:imageAutomation" : ""})`;
    const isInTheWay = needsDeployKeys({ identity, imageAutomation }) && deployKeysEnabled === false;
    return isInTheWay ? [{ key: "github:owner", value: github.owner, expected, fix }] : [];
}

function planProblems(config: Config, { type, plan }: Owner, found: FoundRepository | undefined): Problem[] {
    const { mode, branchProtection, immutableTagPrefixes } = config.repositories;
    const visibility = mode === "create" ? config.repositories.visibility : found?.visibility;
    if (mode === "lookup" || plan !== "free" || visibility === "public") {
        return [];
    }
    const keys = [
        ...(branchProtection ? ["fluxcd:protection.branch"] : []),
        ...(immutableTagPrefixes.length > 0 ? ["fluxcd:protection.tags"] : []),
    ];
    const expected = `GitHub's Free plan of this ${type} protects nothing in ${visibility ?? "private"} repositories`;
    const fix = (key: string) =>
        `${setConfig(config.stack, key, "false")}   (or upgrade, or make the repositories public)`;
    return keys.map((key) => ({ key, value: true, expected, fix: fix(key) }));
}

function needsDeployKeys({ identity, imageAutomation }: Pick<Config, "identity" | "imageAutomation">): boolean {
    return identity.kind === "deployKey" || imageAutomation !== undefined;
}

function hostKeyProblems({ github, ...config }: Config, sshHostKeys: readonly string[]): Problem[] {
    const expected = "its API lists no SSH host keys, and Flux does not connect to an unknown host";
    const fix = `curl ${github.baseUrl} and ask its administrator why /meta has no ssh_keys`;
    return sshHostKeys.length > 0 || !needsDeployKeys(config)
        ? []
        : [{ key: "github:baseUrl", value: github.baseUrl, expected, fix }];
}

function unanswered({ github, identity, stack }: Config, error: unknown): Findings {
    const message = error instanceof Error ? withoutHeader(error.message) : String(error);
    const problem = ((): Problem => {
        switch (statusOf(error)) {
            case 401: {
                const expected = `GitHub refuses the token, which is expired, revoked or wrong: ${message}`;
                return { key: "GITHUB_TOKEN", expected, fix: exportToken };
            }
            case 403:
            case 422:
            case 429: {
                const expected = `GitHub refuses the request: ${message}`;
                const fix = remedyOf(error, stack) ?? askGitHub;
                return { key: "GITHUB_TOKEN", expected, fix };
            }
            default: {
                const expected = `GitHub did not answer as it should at ${github.baseUrl}: ${message}`;
                const fix = "run it again; https://www.githubstatus.com says whether GitHub is up";
                return { key: "github:owner", value: github.owner, expected, fix };
            }
        }
    })();
    const none = { sshHostKeys: [], sources: {}, answered: false };
    return { ...none, credentials: { github: {}, flux: { identity: identity.kind } }, problems: [problem] };
}
