import type { InState } from "../clients/engine";
import type { GitHub, Owner } from "../clients/github";
import { hasNoAnswer, restUrl, statusOf } from "../clients/octokit";
import type { Config } from "../config";
import { hostOf } from "../config/gh";
import { githubToken } from "../config/token";
import { usedToken } from "../config/tokenKinds";
import { setConfig } from "../domain/commands";
import { explainNetworkError } from "../domain/networkErrors";
import { type Problem, withoutHeader } from "../domain/problem";
import { askGitHub, remedyOf } from "../explain/githubAnswers";
import { appliedProblems } from "./applied";
import { type Credentials, credentialsOf, lookAsFlux } from "./credentials";
import { plansOf, type RepositoryPlan } from "./plans";
import { type FoundSource, lookAtSources } from "./sources";

/** The facts about a stack on GitHub. */
export interface FoundOnGitHub {
    readonly sshHostKeys: readonly string[];
    /** The sources by name, without those that have a problem and those whose repository this run creates. */
    readonly sources: Readonly<Record<string, FoundSource>>;
    /** What this run does with each repository that one stack owns, by its source. */
    readonly plans: Readonly<Record<string, RepositoryPlan>>;
    /** What stays as it is in repositories of somebody else, in words. */
    readonly kept: readonly string[];
    readonly planWarnings: readonly string[];
    readonly credentials: Credentials;
    /** Whether GitHub answered. If not, the only problem has the reason. */
    readonly answered: boolean;
}

interface Findings extends FoundOnGitHub {
    readonly problems: readonly Problem[];
}

/**
 * Checks the owner, the sources and Flux's Git credential. It is also a problem if GitHub does not answer. `state` has
 * what this stack made in earlier updates; without it, every repository counts as somebody else's.
 */
export async function lookAtGitHub(
    config: Config,
    github: GitHub,
    state: InState = () => undefined,
): Promise<Findings> {
    return look(config, github, state).catch((error: unknown) => unanswered(config, error));
}

async function look(config: Config, github: GitHub, state: InState): Promise<Findings> {
    const [listed, owner, sources] = await Promise.all([
        github.sshHostKeys(),
        github.describeOwner().catch(nothingOfOwner),
        lookAtSources(config, github, state),
    ]);
    const [flux, applied, planned] = await Promise.all([
        lookAsFlux(config, sources.seen),
        appliedProblems({ config, github, found: sources.found, state }),
        plansOf({ config, github, owner, state }, sources.found),
    ]);
    const sshHostKeys = config.ssh.hostKeys ?? listed;
    return {
        sshHostKeys,
        sources: sources.found,
        ...planned,
        credentials: credentialsOf(config, github, flux),
        answered: true,
        problems: [
            ...ownerProblems(config, owner),
            ...freePlanProblems(config, owner, { found: sources.found, plans: planned.plans }),
            ...hostKeyProblems(config, sshHostKeys),
            ...sources.problems,
            ...applied,
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

interface Planned {
    readonly found: Readonly<Record<string, FoundSource>>;
    readonly plans: Readonly<Record<string, RepositoryPlan>>;
}

/** GitHub's Free plan has no rules for private repositories, so a run that would add some fails. */
function freePlanProblems(config: Config, { type, plan: ofOwner }: Owner, { found, plans }: Planned): Problem[] {
    const inPrivate = Object.entries(plans).flatMap(([name, plan]) => {
        const isMade = plan.repository !== "keep";
        const visibility = isMade ? config.repositories.visibility : (found[name]?.repository?.visibility ?? "private");
        return visibility === "public" ? [] : [{ visibility, plan }];
    });
    if (ofOwner !== "free") {
        return [];
    }
    const problem = (key: string, wants: (plan: RepositoryPlan) => boolean): Problem[] => {
        const first = inPrivate.find(({ plan }) => wants(plan));
        const expected = `GitHub's Free plan of this ${type} protects nothing in ${first?.visibility ?? "private"} repositories`;
        const fix = `${setConfig(config.stack, key, "false")}   (or upgrade, or make the repositories public)`;
        return first ? [{ key, value: true, expected, fix }] : [];
    };
    return [
        ...problem("fluxcd:protection.branch", ({ branchRules }) => branchRules !== undefined),
        ...problem("fluxcd:protection.tags", ({ immutableTagPrefixes }) => immutableTagPrefixes.length > 0),
    ];
}

/** Whether Flux has a deploy key of its own on GitHub. */
export function needsDeployKeys({ identity, imageAutomation }: Pick<Config, "identity" | "imageAutomation">): boolean {
    return identity.kind === "deployKey" || imageAutomation !== undefined;
}

function hostKeyProblems(config: Config, sshHostKeys: readonly string[]): Problem[] {
    const { baseUrl } = config.github;
    const host = config.ssh.host ?? hostOf(baseUrl);
    const [, name = host, port = "22"] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
    const expected = `its API lists no SSH host keys, and Flux does not connect to an unknown host: expected those of ${host}, whose fingerprints its administrator knows`;
    const fix = `pulumi config set --stack ${config.stack} --path 'fluxcd:ssh.knownHosts' "$(ssh-keyscan -p ${port} ${name})"`;
    return sshHostKeys.length > 0 || !needsDeployKeys(config)
        ? []
        : [{ key: "github:baseUrl", value: baseUrl, expected, fix }];
}

function unanswered({ github, identity, stack }: Config, error: unknown): Findings {
    const message = error instanceof Error ? withoutHeader(error.message) : String(error);
    const problem = ((): Problem => {
        switch (statusOf(error)) {
            case 401: {
                const expected = `GitHub refuses the token, which is expired, revoked or wrong: ${message}`;
                return { key: "GITHUB_TOKEN", expected, fix: usedToken(githubToken(), github.baseUrl) };
            }
            case 403:
            case 422:
            case 429: {
                const expected = `GitHub refuses the request: ${message}`;
                const fix = remedyOf(error, stack) ?? askGitHub;
                return { key: "GITHUB_TOKEN", expected, fix };
            }
            default: {
                const network = explainNetworkError(error, restUrl(github.baseUrl), process.env);
                const expected = `GitHub did not answer as it should at ${github.baseUrl}: ${network?.why ?? message}`;
                const fix = network?.fix ?? "run it again; https://www.githubstatus.com says whether GitHub is up";
                return { key: "github:owner", value: github.owner, expected, fix };
            }
        }
    })();
    const none = { sshHostKeys: [], sources: {}, plans: {}, kept: [], planWarnings: [], answered: false };
    return { ...none, credentials: { github: {}, flux: { identity: identity.kind } }, problems: [problem] };
}
