import { GitHub } from "../../clients/github";
import { missingToken } from "../../config/token";
import { promotedSources } from "../../config/sources";
import { shortName } from "../../domain/stackName";
import { compareVersions } from "../../domain/version";
import type { Problem } from "../../domain/problem";
import { problemsFound } from "../terminal/exit";
import { type Family, versionsOf } from "./targets";
import { step } from "../terminal/progress";
import { readSettings, standingsOfStack } from "../tools/pulumi";
import { permitted } from "./permission";
import type { Stack } from "./plan";
import { tokenHere } from "../tools/token";

/** Reads a stack's settings, its current releases, and the tags of its environment. */
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
        const problems = [
            ...(token === "" ? [missingToken(config.github.baseUrl)] : []),
            ...(prefix === undefined ? [noTags] : []),
        ];
        throw problemsFound(`Nothing can be released to stack ${shortName(name)}.`, problems);
    }
    const github = new GitHub(config.github, token);
    const sources = promotedSources(config);
    const versions = await step(
        "Asking GitHub for the tags",
        Promise.all(
            sources.map(async ({ name: source, repository }) => {
                const what = `read ${config.github.owner}/${repository}`;
                const tags = await permitted(what, "Contents: read", github.tags(repository, prefix));
                return [source, versionsOf(tags, prefix).sort(compareVersions)] as const;
            }),
        ),
    );
    const family: Family = {
        prefix,
        versions: Object.fromEntries(versions),
        commitOf: (source, tag) => github.commit(config.sources[source]?.repository ?? "", `tags/${tag}`),
    };
    return { name, settings, config, sources, standings, family, github, token };
}
