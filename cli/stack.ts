import { GitHub } from "../preflight/github";
import { sourceNames } from "../promotion/release";
import { compareVersions } from "../promotion/version";
import type { Problem } from "../refusal";
import { problemsFound } from "./exit";
import { GitHubApi } from "./github";
import { type Family, versionsOf } from "./plan";
import { step } from "./progress";
import { readSettings, shortName, standingsOfStack } from "./pulumi";
import type { Stack } from "./take";
import { tokenHere } from "./token";

export const missingToken: Problem = {
    key: "GITHUB_TOKEN",
    expected: "is missing: expected a token for GitHub in the environment; it is never read from a file",
    fix: "export GITHUB_TOKEN=$(gh auth token)",
};

/** Reads a stack's settings, what it stands on, and the tags of its environment. */
export async function readStack(name: string): Promise<Stack> {
    const token = tokenHere();
    const [{ settings, config }, standings] = await step(
        `Asking pulumi for stack ${name}`,
        Promise.all([readSettings(name), standingsOfStack(name)]),
    );
    const { tagPrefix: prefix, environment } = config;
    const noTags: Problem = {
        key: "fluxcd:tagPrefixes",
        expected: `environment ${environment} has no release tags, so it follows a branch and takes no releases`,
        fix: `pulumi config set --stack ${name} --path 'fluxcd:tagPrefixes.${environment}' ${environment}-v`,
    };
    if (token === "" || prefix === undefined) {
        const problems = [...(token === "" ? [missingToken] : []), ...(prefix === undefined ? [noTags] : [])];
        throw problemsFound(`Nothing can be released to stack ${shortName(name)}.`, problems);
    }
    const github = new GitHub(config.github, token);
    const api = new GitHubApi(config.github, token);
    const [infrastructure = [], apps = []] = await step(
        "Asking GitHub for the tags",
        Promise.all(sourceNames.map((source) => api.tags(config[source].repository, prefix))),
    );
    const versions = {
        infrastructure: versionsOf(infrastructure, prefix).sort(compareVersions),
        apps: versionsOf(apps, prefix).sort(compareVersions),
    };
    const family: Family = {
        prefix,
        versions,
        commitOf: (source, tag) => github.commit(config[source].repository, `tags/${tag}`),
    };
    return { name, settings, config, standings, family, github, api, token };
}
