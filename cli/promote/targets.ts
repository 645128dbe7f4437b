import type { SourceName } from "../../domain/release";
import { versionOf } from "../../domain/version";
import type { Problem } from "../../domain/problem";
import { problemsFound, wrongUsage } from "../terminal/exit";
import {
    type Bump,
    type Candidate,
    givenVersion,
    mapSources,
    type PerSource,
    proposeVersions,
    type Target,
} from "../release/targets";
import { step } from "../terminal/progress";
import type { Stack } from "../release/plan";
import { readUpstream, type Upstream } from "../release/upstream";

/** What the upstream stack runs, where that is needed: for a proposal, and for tags that are not there yet. */
export async function upstreamFor(
    { config, family }: Stack,
    sources: readonly SourceName[],
    version: string | undefined,
): Promise<Upstream | undefined> {
    const given = version === undefined ? undefined : parsed(version, family.prefix);
    if (given !== undefined && sources.every((source) => family.versions[source].includes(given))) {
        return undefined;
    }
    const { from } = config.promotion;
    if (from === undefined) {
        throw problemsFound(`It is not known what to promote to ${config.stack}.`, [noUpstream(config.stack, given)]);
    }
    return step(`Asking what ${from} runs`, readUpstream(from, config.stack));
}

/** What the upstream stack runs, each commit under the tag that is proposed for it. */
export async function proposedTargets(
    { standings, family, settings }: Stack,
    sources: readonly SourceName[],
    upstream: Upstream | undefined,
    bump: Bump,
): Promise<PerSource<Target>> {
    const prefix = upstream && prefixOf(settings.values, upstream.environment);
    const candidates: PerSource<Candidate> = Object.fromEntries(
        sources.map((source): [SourceName, Candidate] => {
            const { ref, commit } = runningIn(upstream, source);
            const upstreamVersion = prefix === undefined ? undefined : versionOf(ref, prefix);
            return [source, { commit, upstreamVersion, standing: standings?.[source] }];
        }),
    );
    const versions = await proposeVersions(candidates, family, bump);
    return mapSources(candidates, ({ commit }, source) => ({
        tag: `${family.prefix}${versions[source] ?? ""}`,
        commit,
    }));
}

/** A version that was given: the commits of its tags, of the upstream's tags of that version, or what the upstream runs. */
export async function givenTargets(
    { config, family, github, settings }: Stack,
    sources: readonly SourceName[],
    upstream: Upstream | undefined,
    version: string,
): Promise<PerSource<Target>> {
    const wanted = parsed(version, family.prefix);
    const upstreamPrefix = upstream && prefixOf(settings.values, upstream.environment);
    const targets = sources.map(async (source): Promise<[SourceName, Target]> => {
        const tag = `${family.prefix}${wanted}`;
        const exists = family.versions[source].includes(wanted);
        const own = exists ? await family.commitOf(source, tag) : undefined;
        const theirs =
            own === undefined && upstreamPrefix !== undefined
                ? await github.commit(config[source].repository, `tags/${upstreamPrefix}${wanted}`)
                : undefined;
        return [source, { tag, commit: own ?? theirs ?? runningIn(upstream, source).commit }];
    });
    return Object.fromEntries(await Promise.all(targets));
}

/** Whether every selected source has the tag of a version. */
export function missingTags(
    { family, config }: Stack,
    sources: readonly SourceName[],
    version: string,
): readonly Problem[] {
    return sources
        .filter((source) => !family.versions[source].includes(version))
        .map((source) => ({
            key: `fluxcd:${source}.tag`,
            value: `${family.prefix}${version}`,
            expected: `${config.github.owner}/${config[source].repository} has no such tag`,
            fix: `git ls-remote --tags <url of ${config[source].repository}> '${family.prefix}*'   (shows what there is)`,
        }));
}

/** The version that was given, or an error that says what one looks like. */
export function parsed(version: string, prefix: string): string {
    const found = givenVersion(version, prefix);
    if (found === undefined) {
        throw wrongUsage(`${version} is no version: expected X.Y.Z, such as 1.2.3, or the tag ${prefix}1.2.3.`);
    }
    return found;
}

function runningIn(upstream: Upstream | undefined, source: SourceName): { ref: string; commit: string } {
    const runs = upstream?.runs[source];
    if (!upstream || !runs) {
        const stack = upstream?.stack ?? "";
        throw problemsFound(`It is not known what to promote.`, [
            {
                refusal: "no-evidence",
                key: "fluxcd:promotedFrom",
                value: stack,
                expected: `${stack} has not applied anything of ${source} yet, as ${upstream?.witness ?? "nobody knows"}`,
                fix: `pulumi up --stack ${stack}`,
            },
        ]);
    }
    return runs;
}

function noUpstream(stack: string, version: string | undefined): Problem {
    return {
        key: "fluxcd:promotedFrom",
        expected:
            version === undefined
                ? "names no stack, so there is nothing to propose: give a version that is tagged"
                : `names no stack whose commits ${version} could be made of, and the tags are not all there`,
        fix: `npm run promote -- ${stack} <version>   (or pulumi config set --stack ${stack} fluxcd:promotedFrom <stack>)`,
    };
}

function prefixOf(values: Readonly<Record<string, string>>, environment: string): string | undefined {
    const prefixes = JSON.parse(values["fluxcd:tagPrefixes"] ?? "{}") as Record<string, string>;
    return prefixes[environment];
}
