import type { FoundRepository } from "../clients/github";
import type { Config } from "../config";
import { isOwn, type PromotedSource } from "../config/sources";
import { setConfig } from "../domain/commands";
import type { Problem } from "../domain/problem";

const main = "main";

/** One stack creates the repositories that all stacks have. Every other repository must exist. */
export function missingProblems(config: Config, { name, repository }: PromotedSource): Problem[] {
    const { github, repositories } = config;
    const fullName = `${github.owner}/${repository}`;
    const expected = `${fullName} does not exist, or the token cannot see it`;
    if (!isOwn(name)) {
        const fix = `gh repo create ${fullName} --private   (or give the token access to it)`;
        return [{ key: `fluxcd:sources.${name}.repository`, value: repository, expected, fix }];
    }
    const fix = "pulumi up --stack dev   (first update the stack whose fluxcd:repositories is manage)";
    return repositories.mode === "manage"
        ? []
        : [{ key: "fluxcd:repositories", value: repositories.mode, expected, fix }];
}

/** A repository that this stack creates has nothing but main with the first content. */
export function newProblems(config: Config, { name, repository, ref }: PromotedSource): Problem[] {
    if (!isCreatable(config, name) || ("branch" in ref && ref.branch === main)) {
        return [];
    }
    const key = `fluxcd:sources.${name}`;
    const expected = `${config.github.owner}/${repository} does not exist yet, and a new repository has the branch main only`;
    const follow = setConfig(config.stack, `${key}.branch`, main);
    return "branch" in ref
        ? [{ key: `${key}.branch`, value: ref.branch, expected, fix: follow }]
        : [
              {
                  key: `${key}.tag`,
                  value: ref.tag,
                  expected,
                  fix: `pulumi config rm --stack ${config.stack} --path '${key}.tag' && ${follow}`,
              },
          ];
}

interface FoundBranch {
    readonly repository: FoundRepository;
    /** The commit of the branch that the source follows; undefined if there is no such branch. */
    readonly commit: string | undefined;
    /** All branches, if the one that the source follows is missing. */
    readonly branches: readonly string[];
}

export function branchProblems(
    config: Config,
    source: PromotedSource,
    { repository: found, commit, branches }: FoundBranch,
): Problem[] {
    const { name, repository, ref } = source;
    if (commit !== undefined || !("branch" in ref)) {
        return [];
    }
    const { branch } = ref;
    const key = `fluxcd:sources.${name}.branch`;
    const fullName = `${config.github.owner}/${repository}`;
    if (branches.length === 0) {
        // The stack that manages the repositories pushes the first content to main.
        const isMade = isCreatable(config, name) && branch === main;
        const [why, fix] = isCreatable(config, name)
            ? ["it is empty, and gets its first content on main", setConfig(config.stack, key, main)]
            : ["it is empty", `git -C ${repository} push origin HEAD:refs/heads/${branch}`];
        return isMade ? [] : [{ key, value: branch, expected: `${fullName} has no such branch: ${why}`, fix }];
    }
    const { defaultBranch } = found;
    const rename = `gh api ${hostOption(found)}-X POST repos/${fullName}/branches/${defaultBranch}/rename -f new_name=${branch}`;
    const follow = setConfig(config.stack, key, defaultBranch);
    const expected = `${fullName} has no such branch: its default branch is ${defaultBranch}, and it has ${listed(branches)}`;
    const fix =
        branch === main && branches.includes(defaultBranch)
            ? `${follow}   (or rename it: ${rename})`
            : `git -C ${repository} push origin HEAD:refs/heads/${branch}   (or follow another one: ${follow})`;
    return [{ key, value: branch, expected, fix }];
}

interface FoundTag {
    readonly ref: { readonly tag: string; readonly commit?: string };
    /** The tag's commit on GitHub; undefined if there is no such tag. */
    readonly commit: string | undefined;
    /** The commit of this tag that the cluster has applied. */
    readonly applied: string | undefined;
}

export function tagProblems(
    config: Config,
    { name, repository }: PromotedSource,
    { ref, commit: found, applied }: FoundTag,
): Problem[] {
    const key = `fluxcd:sources.${name}`;
    const fullName = `${config.github.owner}/${repository}`;
    if (found === undefined) {
        const expected =
            applied === undefined
                ? `${fullName} has no such tag`
                : `${fullName} no longer has this tag: it was deleted. The cluster still runs its commit ${applied}`;
        const at = applied === undefined ? "" : ` ${applied}`;
        const fix = `git -C ${repository} tag -a ${ref.tag} -m ${ref.tag}${at} && git -C ${repository} push origin ${ref.tag}`;
        return [{ key: `${key}.tag`, value: ref.tag, expected, fix }];
    }
    if (ref.commit !== undefined && ref.commit !== found) {
        const expected = `tag ${ref.tag} of ${fullName} points to ${found}: it was moved, or the pinned commit is of another release`;
        const fix = `git -C ${repository} show ${found}   (then pin that commit, or move the tag back)`;
        return [{ key: `${key}.commit`, value: ref.commit, expected, fix }];
    }
    return [];
}

function isCreatable({ repositories }: Config, source: string): boolean {
    return isOwn(source) && repositories.mode === "manage";
}

/** At most five branches, so that the message stays short. */
function listed(branches: readonly string[]): string {
    const more = branches.length > 5 ? ` and ${branches.length - 5} more` : "";
    return `${branches.slice(0, 5).join(", ")}${more}`;
}

/** The option that `gh api` needs for another host than github.com. */
function hostOption({ htmlUrl }: FoundRepository): string {
    const host = URL.canParse(htmlUrl) ? new URL(htmlUrl).host : "github.com";
    return host === "github.com" ? "" : `--hostname ${host} `;
}
