import { GitHub } from "../../clients/github";
import { sourceNames } from "../../domain/release";
import { compareVersions } from "../../domain/version";
import type { Problem } from "../../domain/problem";
import { problemsFound } from "../terminal/exit";
import { type Family, versionsOf } from "./targets";
import { step } from "../terminal/progress";
import { readSettings, shortName, standingsOfStack } from "../tools/pulumi";
import { permitted } from "./permission";
import type { Stack } from "./plan";
import { tokenHere } from "../tools/token";

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
    const [infrastructure = [], apps = []] = await step(
        "Asking GitHub for the tags",
        Promise.all(
            sourceNames.map((source) => {
                const { repository } = config[source];
                const tags = github.tags(repository, prefix);
                return permitted(`read ${config.github.owner}/${repository}`, "Contents: read", tags);
            }),
        ),
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
    return { name, settings, config, standings, family, github, token };
}
