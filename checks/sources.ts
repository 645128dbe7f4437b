import { readKustomization } from "../clients/cluster";
import type { InState } from "../clients/engine";
import type { FoundRepository, GitHub } from "../clients/github";
import type { Looked } from "../clients/lookup";
import { branchesOf } from "../clients/repositoryFacts";
import type { Config } from "../config";
import { appliedFrom } from "../config/kustomizations";
import { promotedSources, type PromotedSource, type Source } from "../config/sources";
import type { Problem } from "../domain/problem";
import { commitIn, type Ref } from "../domain/release";
import { branchProblems, missingProblems, newProblems, tagProblems } from "./refs";
import { contentProblems, folderProblems } from "./folders";
import { isReadable, stateProblems } from "./repositoryState";
import { lightweightTag } from "./signature";
import { webhookProblems } from "./webhook";

/** A source with its addresses, and its ref with the commit of the tag. */
export interface FoundSource {
    readonly sshUrl: string;
    readonly httpUrl: string;
    readonly ref: Ref;
    /** The repository of a promoted source; undefined for other sources. */
    readonly repository?: FoundRepository;
    /** The commit of a promoted source's ref; undefined if the ref does not exist. */
    readonly commit?: string | undefined;
    /** Whether its repository has no branch yet. */
    readonly isEmpty: boolean;
}

/** A ref in one of the owner's repositories, in the format of GitHub's API. */
export interface Seen {
    readonly repository: string;
    readonly ref: string;
}

interface Findings {
    readonly found: Readonly<Record<string, FoundSource>>;
    /** The refs that Flux must be able to read. */
    readonly seen: readonly Seen[];
    readonly problems: readonly Problem[];
}

interface Look {
    readonly name: string;
    readonly found?: FoundSource;
    readonly seen?: readonly Seen[];
    readonly problems: readonly Problem[];
}

/** GitHub limits parallel requests: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const atOnce = 10;

/** Checks all sources of a stack. A source with a URL is not checked, only Flux fetches it. */
export async function lookAtSources(config: Config, github: GitHub, state: InState): Promise<Findings> {
    const others = Object.values(config.sources).filter(({ promoted }) => !promoted);
    const [promoted, more] = await Promise.all([
        Promise.all(promotedSources(config).map((source) => lookAtPromoted(config, github, { source, state }))),
        lookAtOthers(config, github, others),
    ]);
    const looks = [...promoted, ...more];
    return {
        found: Object.fromEntries(looks.flatMap(({ name, found }) => (found ? [[name, found] as const] : []))),
        seen: looks.flatMap(({ seen = [] }) => seen),
        problems: looks.flatMap(({ problems }) => problems),
    };
}

interface Promoted {
    readonly source: PromotedSource;
    readonly state: InState;
}

/** Checks a promoted source: its repository, the commit of its tag, and that this is the pinned commit. */
async function lookAtPromoted(config: Config, github: GitHub, { source, state }: Promoted): Promise<Look> {
    const { name, ref } = source;
    const repository = await github.repository(source.repository);
    if (!repository) {
        const asNew = [...newProblems(config, source), ...contentProblems(config, name)];
        return { name, problems: [...missingProblems(config, source), ...asNew] };
    }
    const inTheWay = stateProblems(config, source, repository, state);
    if (!isReadable(config, source, repository)) {
        return { name, problems: inTheWay };
    }
    const fullRef = "tag" in ref ? `tags/${ref.tag}` : `heads/${ref.branch}`;
    const commit = await github.commit(source.repository, fullRef);
    const pinned = "tag" in ref && commit !== undefined ? { tag: ref.tag, commit } : ref;
    const gone = "tag" in ref && commit === undefined ? await commitApplied(config, name, ref.tag) : undefined;
    const branches =
        "branch" in ref && commit === undefined ? await branchesOf(github.octokit, github.of(source.repository)) : [];
    const isEmpty = "branch" in ref && commit === undefined && branches.length === 0;
    const problems = [
        ...inTheWay,
        ...("branch" in ref
            ? branchProblems(config, source, { repository, commit, branches })
            : tagProblems(config, source, { ref, commit, applied: gone })),
        ...(await folderProblems(config, github, { ...source, commit, isEmpty })),
    ];
    const webhooks = await webhookProblems(github, config, source.repository);
    const unsigned = commit === undefined ? [] : await lightweightTag(github, config, source);
    const seen = commit === undefined ? [] : [{ repository: source.repository, ref: fullRef }];
    const { sshUrl, httpUrl } = repository;
    const found = { sshUrl, httpUrl, repository, ref: pinned, commit, isEmpty };
    return { name, found, seen, problems: [...problems, ...unsigned, ...webhooks] };
}

/**
 * The tag's commit that the cluster has applied; used if the tag no longer exists on GitHub. Undefined if it is not
 * known.
 */
async function commitApplied(config: Config, source: string, tag: string): Promise<string | undefined> {
    const [applier] = appliedFrom(config.kustomizations, source);
    const kustomization = applier && (await readKustomization(config.context, applier.name).catch(() => undefined));
    const revision = kustomization?.status?.lastAppliedRevision ?? "";
    return revision.startsWith(`${tag}@sha1:`) ? commitIn(revision) : undefined;
}

async function lookAtOthers(config: Config, github: GitHub, sources: readonly Source[]): Promise<Look[]> {
    const ours = sources.flatMap(({ name, repository, ref }) =>
        repository === undefined ? [] : [{ name, repository, revision: refIn(ref)?.revision ?? "HEAD" }],
    );
    const answers = await github.lookUp(ours);
    const found = new Map(ours.map(({ name }, at) => [name, answers[at]]));
    const looks: Look[] = [];
    for (let from = 0; from < sources.length; from += atOnce) {
        const some = sources.slice(from, from + atOnce);
        looks.push(
            ...(await Promise.all(some.map((source) => lookAtOther(config, github, source, found.get(source.name))))),
        );
    }
    return looks;
}

async function lookAtOther(config: Config, github: GitHub, source: Source, looked: Looked | undefined): Promise<Look> {
    const { name, repository, url = "", ref } = source;
    if (repository === undefined) {
        return { name, found: { sshUrl: url, httpUrl: url, ref, isEmpty: false }, problems: [] };
    }
    const fullName = `${config.github.owner}/${repository}`;
    const key = `fluxcd:sources.${name}`;
    if (!looked) {
        const expected = `${fullName} does not exist, or the token cannot see it`;
        const fix = `gh repo create ${fullName} --private   (or give the token access to it)`;
        return { name, problems: [{ key: `${key}.repository`, value: repository, expected, fix }] };
    }
    const { sshUrl, httpUrl } = looked;
    const found = { sshUrl, httpUrl, ref, isEmpty: false };
    const problems = await webhookProblems(github, config, repository);
    const named = refIn(ref);
    if (named === undefined || problems.length > 0) {
        return { name, found, problems };
    }
    if (!looked.hasRevision) {
        const expected = `${fullName} has no such ${named.field}`;
        const fix = `git ls-remote ${httpUrl}   (then set one that exists)`;
        return { name, problems: [{ key: `${key}.${named.field}`, value: named.value, expected, fix }] };
    }
    return { name, found, seen: [{ repository, ref: named.ref }], problems: [] };
}

/** The ref in GitHub's format; undefined for a version range, which only Flux can resolve. */
function refIn(ref: Ref) {
    if ("branch" in ref) {
        return { field: "branch", value: ref.branch, ...fullRef(`heads/${ref.branch}`) };
    }
    if ("tag" in ref) {
        return { field: "tag", value: ref.tag, ...fullRef(`tags/${ref.tag}`) };
    }
    return "commit" in ref ? { field: "commit", value: ref.commit, ref: ref.commit, revision: ref.commit } : undefined;
}

/** A ref in the formats of GitHub's REST API and of Git. */
function fullRef(ref: string) {
    return { ref, revision: `refs/${ref}` };
}
