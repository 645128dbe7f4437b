import { mapValues } from "../../domain/records";
import { besideStack } from "../../domain/stackName";
import { versionOf } from "../../domain/version";
import type { Problem } from "../../domain/problem";
import { problemsFound, wrongUsage } from "../terminal/exit";
import {
    type Bump,
    type Candidate,
    givenVersion,
    type PerSource,
    proposeVersions,
    type Target,
} from "../release/targets";
import { step } from "../terminal/progress";
import { sourceOf, type Stack } from "../release/plan";
import { readUpstream, type Upstream } from "../release/upstream";

/** Reads the releases of the upstream stack if they are needed: for a proposal, or for tags that do not exist yet. */
export async function upstreamFor(
    { name, config, family }: Stack,
    sources: readonly string[],
    version: string | undefined,
): Promise<Upstream | undefined> {
    const given = version === undefined ? undefined : parsed(version, family.prefix);
    if (given !== undefined && sources.every((source) => (family.versions[source] ?? []).includes(given))) {
        return undefined;
    }
    const { from } = config.promotion;
    if (from === undefined) {
        throw problemsFound(`Cannot determine what to promote to ${config.stack}.`, [noUpstream(config.stack, given)]);
    }
    const upstream = besideStack(name, from);
    return step(`Reading the running release of ${upstream}`, readUpstream(upstream, config.stack));
}

/** The commits that the upstream stack runs, each with a proposed tag. */
export async function proposedTargets(
    { standings, family, settings }: Stack,
    sources: readonly string[],
    upstream: Upstream | undefined,
    bump: Bump,
): Promise<PerSource<Target>> {
    const prefix = upstream && prefixOf(settings.values, upstream.environment);
    const candidates: PerSource<Candidate> = Object.fromEntries(
        sources.map((source): [string, Candidate] => {
            const { ref, commit } = runningIn(upstream, source);
            const upstreamVersion = prefix === undefined ? undefined : versionOf(ref, prefix);
            return [source, { commit, upstreamVersion, standing: standings?.[source] }];
        }),
    );
    const versions = await proposeVersions(candidates, family, bump);
    return mapValues(candidates, ({ commit }, source) => ({
        tag: `${family.prefix}${versions[source] ?? ""}`,
        commit,
    }));
}

/**
 * The commits for a given version: those of its own tags, otherwise of the upstream's tags, otherwise those the
 * upstream runs.
 */
export async function givenTargets(
    stack: Stack,
    sources: readonly string[],
    upstream: Upstream | undefined,
    version: string,
): Promise<PerSource<Target>> {
    const { family, github, settings } = stack;
    const wanted = parsed(version, family.prefix);
    const upstreamPrefix = upstream && prefixOf(settings.values, upstream.environment);
    const targets = sources.map(async (source): Promise<[string, Target]> => {
        const tag = `${family.prefix}${wanted}`;
        const exists = (family.versions[source] ?? []).includes(wanted);
        const own = exists ? await family.commitOf(source, tag) : undefined;
        const theirs =
            own === undefined && upstreamPrefix !== undefined
                ? await github.commit(sourceOf(stack, source).repository, `tags/${upstreamPrefix}${wanted}`)
                : undefined;
        return [source, { tag, commit: own ?? theirs ?? runningIn(upstream, source).commit }];
    });
    return Object.fromEntries(await Promise.all(targets));
}

/** The problems with selected sources that do not have the tag of a version. */
export function missingTags(stack: Stack, sources: readonly string[], version: string): readonly Problem[] {
    const { family, config } = stack;
    return sources
        .filter((source) => !(family.versions[source] ?? []).includes(version))
        .map((source) => [source, sourceOf(stack, source).repository] as const)
        .map(([source, repository]) => ({
            key: `fluxcd:sources.${source}.tag`,
            value: `${family.prefix}${version}`,
            expected: `${config.github.owner}/${repository} has no such tag`,
            fix: `git ls-remote --tags <url of ${repository}> '${family.prefix}*'   (lists the existing ones)`,
        }));
}

/** The given version without its prefix. Throws an error with the expected format if it is not a version. */
export function parsed(version: string, prefix: string): string {
    const found = givenVersion(version, prefix);
    if (found === undefined) {
        throw wrongUsage(`${version} is not a version: expected X.Y.Z, such as 1.2.3, or the tag ${prefix}1.2.3.`);
    }
    return found;
}

function runningIn(upstream: Upstream | undefined, source: string): { ref: string; commit: string } {
    const runs = upstream?.runs[source];
    if (!upstream || !runs) {
        const stack = upstream?.stack ?? "";
        throw problemsFound("Cannot determine what to promote.", [
            {
                refusal: "no-evidence",
                key: "fluxcd:promotion.from",
                value: stack,
                expected: `${stack} has not applied ${source} yet, as ${upstream?.witness ?? "nobody knows"}`,
                fix: `pulumi up --stack ${stack}`,
            },
        ]);
    }
    return runs;
}

function noUpstream(stack: string, version: string | undefined): Problem {
    return {
        key: "fluxcd:promotion.from",
        expected:
            version === undefined
                ? "names no stack, so there is nothing to propose: give a version that already has tags"
                : `names no stack, so the missing tags of ${version} cannot be made`,
        fix: `npx fluxcd promote ${stack} <version>   (or pulumi config set --stack ${stack} --path 'fluxcd:promotion.from' <stack>)`,
    };
}

function prefixOf(values: Readonly<Record<string, string>>, environment: string): string | undefined {
    const prefixes = JSON.parse(values["fluxcd:tagPrefixes"] ?? "{}") as Record<string, string>;
    return prefixes[environment];
}
