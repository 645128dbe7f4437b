import type { Config } from "../config";
import type { Ref } from "../domain/release";
import { commitIn } from "../promotion/evidence";
import type { SourceName } from "../domain/release";
import { type Problem, withoutHeader } from "../domain/problem";
import { type Credentials, credentialsOf, lookAsFlux } from "./credentials";
import { type Address, lookAtFurther } from "./sources";
import type { FoundRepository, GitHub, Owner } from "../clients/github";
import { statusOf } from "../clients/octokit";
import { readKustomization } from "../clients/cluster";
import { lightweightTag } from "./signature";
import { webhookProblems } from "./webhook";

/** What GitHub has of a stack. */
export interface FoundOnGitHub {
    readonly sshHostKeys: readonly string[];
    readonly infrastructure: FoundSource | undefined;
    readonly apps: FoundSource | undefined;
    /** Where the further sources are, by their names. */
    readonly addresses: Readonly<Record<string, Address>>;
    readonly credentials: Credentials;
}

/** A repository, and its ref with the commit that a tag points to. */
export type FoundSource = FoundRepository & { readonly ref: Ref; readonly isEmpty: boolean };

type Findings = FoundOnGitHub & { readonly problems: readonly Problem[] };

/** Looks at the owner, both repositories and what Flux reads them with. Where GitHub does not answer, that is a problem too. */
export async function lookAtGitHub(config: Config, github: GitHub): Promise<Findings> {
    return look(config, github).catch((error: unknown) => unanswered(config, error));
}

async function look(config: Config, github: GitHub): Promise<Findings> {
    const [sshHostKeys, owner, infrastructure, apps, further] = await Promise.all([
        github.sshHostKeys(),
        github.describeOwner(),
        lookAtSource(github, config, "infrastructure"),
        lookAtSource(github, config, "apps"),
        lookAtFurther(config, github),
    ]);
    const flux = await lookAsFlux(config, [...infrastructure.seen, ...apps.seen, ...further.seen]);
    return {
        sshHostKeys,
        infrastructure: infrastructure.found,
        apps: apps.found,
        addresses: further.addresses,
        credentials: credentialsOf(config, github, flux),
        problems: [
            ...ownerProblems(config, owner),
            ...planProblems(config, owner, infrastructure.found),
            ...hostKeyProblems(config, sshHostKeys),
            ...infrastructure.problems,
            ...apps.problems,
            ...further.problems,
            ...flux.problems,
        ],
    };
}

async function lookAtSource(github: GitHub, config: Config, name: SourceName) {
    const source = config[name];
    const repository = await github.repository(source.repository);
    const fullName = `${config.github.owner}/${source.repository}`;
    if (!repository) {
        const missing: Problem = {
            key: "fluxcd:repositories",
            value: config.repositories.mode,
            expected: `${fullName} is not there, or the token cannot see it`,
            fix: "pulumi up --stack dev   (the stack whose fluxcd:repositories is create goes first)",
        };
        return { found: undefined, seen: [], problems: config.repositories.mode === "create" ? [] : [missing] };
    }
    const { ref } = source;
    const fullRef = "tag" in ref ? `tags/${ref.tag}` : `heads/${ref.branch}`;
    const commit = await github.commit(source.repository, fullRef);
    const pinned = "tag" in ref && commit !== undefined ? { tag: ref.tag, commit } : ref;
    const gone = "tag" in ref && commit === undefined ? await commitApplied(config.context, name, ref.tag) : undefined;
    const problems = refProblems(config, name, commit, gone);
    const webhooks = await webhookProblems(github, config, source.repository);
    const unsigned = commit === undefined ? [] : await lightweightTag(github, config, name);
    const seen = commit === undefined ? [] : [{ repository: source.repository, ref: fullRef }];
    // A repository that is new has no main.
    const isEmpty = fullRef === "heads/main" && commit === undefined;
    return { found: { ...repository, ref: pinned, isEmpty }, seen, problems: [...problems, ...unsigned, ...webhooks] };
}

function refProblems(
    config: Config,
    name: SourceName,
    found: string | undefined,
    applied: string | undefined,
): Problem[] {
    const key = `fluxcd:${name}`;
    const { repository, ref } = config[name];
    const fullName = `${config.github.owner}/${repository}`;
    if ("branch" in ref) {
        // The stack that owns the repositories makes main itself.
        const made = config.repositories.mode !== "lookup" && ref.branch === "main";
        const expected = `${fullName} has no such branch`;
        const fix = `git -C ${repository} push origin HEAD:refs/heads/${ref.branch}`;
        return found !== undefined || made ? [] : [{ key: `${key}.branch`, value: ref.branch, expected, fix }];
    }
    if (found === undefined) {
        const expected =
            applied === undefined
                ? `${fullName} has no such tag`
                : `${fullName} has no such tag any more: it was deleted. The cluster still runs its commit ${applied}`;
        const at = applied === undefined ? "" : ` ${applied}`;
        const fix = `git -C ${repository} tag -a ${ref.tag} -m ${ref.tag}${at} && git -C ${repository} push origin ${ref.tag}`;
        return [{ key: `${key}.tag`, value: ref.tag, expected, fix }];
    }
    if (ref.commit !== undefined && ref.commit !== found) {
        const expected = `tag ${ref.tag} of ${fullName} points to ${found}: it was moved, or the pin is of another release`;
        const fix = `git -C ${repository} show ${found}   (then pin that commit, or take the tag back)`;
        return [{ key: `${key}.commit`, value: ref.commit, expected, fix }];
    }
    return [];
}

/** The commit of a tag that the cluster has applied, for when GitHub does not know the tag any more. */
async function commitApplied(context: string, name: SourceName, tag: string): Promise<string | undefined> {
    const kustomization = await readKustomization(context, name).catch(() => undefined);
    const revision = kustomization?.status?.lastAppliedRevision ?? "";
    return revision.startsWith(`${tag}@sha1:`) ? commitIn(revision) : undefined;
}

function ownerProblems({ github, identity, imageAutomation }: Config, { deployKeysEnabled }: Owner): Problem[] {
    const expected = imageAutomation
        ? "the organization has deploy keys disabled, and image automation writes with one"
        : "the organization has deploy keys disabled, and Flux reads the repositories with one each";
    const fix = `enable them under https://github.com/organizations/${github.owner}/settings/deploy_keys   (or set fluxcd:identity${imageAutomation ? " and take fluxcd:imageAutomation away" : ""})`;
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
        ...(branchProtection ? ["fluxcd:protectBranch"] : []),
        ...(immutableTagPrefixes.length > 0 ? ["fluxcd:protectTags"] : []),
    ];
    const expected = `GitHub's Free plan of this ${type} protects nothing in ${visibility ?? "private"} repositories`;
    const fix = (key: string) =>
        `pulumi config set --stack ${config.stack} ${key} false   (or upgrade, or make the repositories public)`;
    return keys.map((key) => ({ key, value: true, expected, fix: fix(key) }));
}

function needsDeployKeys({ identity, imageAutomation }: Pick<Config, "identity" | "imageAutomation">): boolean {
    return identity.kind === "deployKey" || imageAutomation !== undefined;
}

function hostKeyProblems({ github, ...config }: Config, sshHostKeys: readonly string[]): Problem[] {
    const expected = "its API names no SSH host keys, and Flux talks to no host it cannot know";
    const fix = `curl ${github.baseUrl} and ask its administrator why /meta has no ssh_keys`;
    return sshHostKeys.length > 0 || !needsDeployKeys(config)
        ? []
        : [{ key: "github:baseUrl", value: github.baseUrl, expected, fix }];
}

function unanswered({ github, identity }: Config, error: unknown): Findings {
    const message = error instanceof Error ? withoutHeader(error.message) : String(error);
    const problem = ((): Problem => {
        switch (statusOf(error)) {
            case 401: {
                const expected = `GitHub refuses the token, it is expired, revoked or mistyped: ${message}`;
                return { key: "GITHUB_TOKEN", expected, fix: "export GITHUB_TOKEN=$(gh auth token)" };
            }
            case 403:
            case 429: {
                const expected = `GitHub refuses the request: ${message}`;
                const fix = "give the token the permissions the README lists; at a rate limit, wait and run again";
                return { key: "GITHUB_TOKEN", expected, fix };
            }
            default: {
                const expected = `GitHub did not answer as it should at ${github.baseUrl}: ${message}`;
                const fix = "run it again; https://www.githubstatus.com says whether GitHub is up";
                return { key: "github:owner", value: github.owner, expected, fix };
            }
        }
    })();
    const none = { sshHostKeys: [], infrastructure: undefined, apps: undefined, addresses: {} };
    return { ...none, credentials: { github: {}, flux: { identity: identity.kind } }, problems: [problem] };
}
