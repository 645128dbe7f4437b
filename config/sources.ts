import { removeConfig, setConfig } from "../domain/commands";
import { mapValues, required } from "../domain/records";
import type { Problem } from "../domain/problem";
import type { Exemption, Ref } from "../domain/release";
import { exemptionOf } from "./exemption";
import { type SourceKeys, sourcesSchema } from "./fluxObjects";
import { inDependencyOrder, type Kustomizations } from "./kustomizations";
import { anyRef, promotedRef } from "./ref";
import { type Verify, verifyProblems } from "./verification";

/** A GitRepository of the stack. */
export interface Source {
    readonly name: string;
    /** The repository of `github:owner` that it reads; undefined if it reads a URL. */
    readonly repository: string | undefined;
    /** A public URL; undefined if it reads a repository of the owner. */
    readonly url: string | undefined;
    readonly ref: Ref;
    /** Whether the promotion rules decide which release it takes. */
    readonly promoted: boolean;
    /** The reason the promotion rules do not apply to this release; undefined if they do. */
    readonly exemption: Exemption | undefined;
    readonly interval: string;
    /** The time limit of one fetch by Flux. An update waits twice as long. */
    readonly timeout: string;
    /** Patterns of files that are not part of the artifact, as in .gitignore. */
    readonly ignore?: string;
    /** The only folders that are part of the artifact. */
    readonly sparseCheckout?: readonly string[];
    readonly recurseSubmodules?: boolean;
    readonly verify: Verify | undefined;
    readonly shard: string | undefined;
    /** True stops Flux here, false resumes it; undefined leaves it as it is in the cluster. */
    readonly suspend: boolean | undefined;
}

/** A source that takes releases: a repository of the owner, at a branch or a release tag. */
export interface PromotedSource extends Source {
    readonly repository: string;
    readonly ref: { readonly branch: string } | { readonly tag: string; readonly commit?: string };
}

export type Sources = Readonly<Record<string, Source>>;

/** The entries that each stack has, even if its file does not name them. */
const builtIn = {
    infrastructure: { repository: "fluxcd-infrastructure", promoted: true },
    apps: { repository: "fluxcd-apps", promoted: true },
};

/**
 * The sources whose repositories one stack creates, with the description that GitHub shows on each repository's page.
 */
const own: Readonly<Record<string, string>> = {
    infrastructure: "What every cluster needs before its apps",
    apps: "The apps of every environment",
};

/** Whether a stack with `fluxcd:repositories: manage` creates the repository of a source if it does not exist. */
export function isOwn(source: string): boolean {
    return Object.hasOwn(own, source);
}

/** A repository that one stack creates. */
export interface OwnRepository {
    readonly repository: string;
    /** One line, shown on the repository's page on GitHub. */
    readonly description: string;
    /** The folder with its first content, relative to the project. */
    readonly scaffold: string;
}

/** The repositories that one stack creates, by source. Each one has the settings that all of them share. */
export function ownRepositories<T>({
    sources,
    repositories,
}: {
    readonly sources: Sources;
    readonly repositories: T;
}): Readonly<Record<string, OwnRepository & T>> {
    return mapValues(own, (description, name) => {
        const repository = required(sources, name).repository ?? "";
        return { ...repositories, repository, description, scaffold: `scaffold/fluxcd-${name}` };
    });
}

interface Keys {
    readonly sources: Readonly<Record<string, SourceKeys>>;
    readonly suspend: boolean;
    readonly fluxVersion: string;
}

interface Where {
    readonly stack: string;
    readonly environment: string;
    readonly tagPrefix: string | undefined;
}

/** Entries by name, and the problems with them. */
export interface Parsed<T> {
    readonly entries: Readonly<Record<string, T>>;
    readonly problems: readonly Problem[];
}

/** The sources, and each problem that can be found offline. */
export function sourcesOf(keys: Keys, where: Where): Parsed<Source> {
    const defaults = sourcesSchema.parse(builtIn);
    const parsed = sourceNames(keys.sources).map((name) => {
        const given = { ...defaults[name], ...keys.sources[name] } as SourceKeys;
        // The schema's defaults must not hide the built-in values.
        const own = { ...given, repository: repositoryOf(keys.sources[name], defaults[name]) };
        return [name, sourceOf(name, own, keys, where)] as const;
    });
    return {
        entries: Object.fromEntries(parsed.flatMap(([name, { entry }]) => (entry ? [[name, entry]] : []))),
        problems: parsed.flatMap(([, { problems }]) => problems),
    };
}

/** The names of the sources of a stack, the built-in ones first. */
export function sourceNames(given: Readonly<Record<string, unknown>>): readonly string[] {
    return [...new Set([...Object.keys(builtIn), ...Object.keys(given)])];
}

function repositoryOf(given: SourceKeys | undefined, built: SourceKeys | undefined) {
    return given?.repository ?? (given?.url === undefined ? built?.repository : undefined);
}

function sourceOf(name: string, given: SourceKeys, { suspend, fluxVersion }: Keys, where: Where) {
    const { stack } = where;
    const key = `fluxcd:sources.${name}`;
    const { repository, url, promoted = false, interval, timeout, verify, shard } = given;
    const ref = promoted ? promotedRef(key, given, where) : anyRef(key, given, stack);
    const exemption = "problems" in ref ? undefined : exemptionOf(key, given, ref, stack);
    const problems = [
        ...addressProblems(key, { repository, url, promoted }, stack),
        ...promotedProblems(name, given, stack),
        ...("problems" in ref ? ref.problems : verifyProblems(key, verify, ref, { stack, fluxVersion })),
        ...(exemption && "problems" in exemption ? exemption.problems : []),
    ];
    if ("problems" in ref) {
        return { problems };
    }
    const entry: Source = {
        name,
        ...{ repository, url, ref, promoted, interval, timeout, verify, shard, ...contentOf(given) },
        exemption: exemption && "kind" in exemption ? exemption : undefined,
        suspend: suspend || given.suspend,
    };
    return { entry, problems };
}

/** The settings that decide which files of a commit are in the artifact; none unless the stack file has them. */
function contentOf({ ignore, sparseCheckout, recurseSubmodules }: SourceKeys) {
    return {
        ...(ignore !== undefined && { ignore }),
        ...(sparseCheckout !== undefined && { sparseCheckout }),
        ...(recurseSubmodules !== undefined && { recurseSubmodules }),
    };
}

/** The settings of promotion belong to a promoted source, and the sources that each stack has are promoted. */
function promotedProblems(name: string, given: SourceKeys, stack: string): Problem[] {
    const key = `fluxcd:sources.${name}`;
    if (given.promoted) {
        return [];
    }
    if (isOwn(name)) {
        const expected = "infrastructure and apps are always promoted: expected true, or no such key";
        const fix = removeConfig(stack, `${key}.promoted`);
        return [{ key: `${key}.promoted`, value: false, expected, fix }];
    }
    const field = given.rollback ? "rollback" : given.hotfix ? "hotfix" : given.reason === "" ? undefined : "reason";
    const expected = "is for promoted sources only, and this source is not promoted";
    return field === undefined
        ? []
        : [{ key: `${key}.${field}`, value: given[field], expected, fix: removeConfig(stack, `${key}.${field}`) }];
}

function addressProblems(key: string, source: Pick<Source, "repository" | "url" | "promoted">, stack: string) {
    const { repository, url, promoted } = source;
    const problem = (expected: string, fix: string): Problem[] => [{ key, value: { repository, url }, expected, fix }];
    if ((repository === undefined) === (url === undefined)) {
        const expected = "expected either repository, a repository of github:owner, or url, a public URL";
        const fix =
            url === undefined ? setConfig(stack, `${key}.repository`, "<name>") : removeConfig(stack, `${key}.url`);
        return problem(expected, fix);
    }
    const expected = "a promoted source has its tags in a repository of github:owner: expected repository, not url";
    return promoted && url !== undefined ? problem(expected, removeConfig(stack, `${key}.url`)) : [];
}

/** The sources that take releases, each after those whose Kustomizations its own depend on. */
export function promotedSources(config: {
    readonly sources: Sources;
    readonly kustomizations: Kustomizations;
}): readonly PromotedSource[] {
    const first = new Map<string, number>();
    for (const [at, { source }] of inDependencyOrder(config.kustomizations).entries()) {
        first.set(source, first.get(source) ?? at);
    }
    const promoted = Object.values(config.sources).filter((source): source is PromotedSource => source.promoted);
    return promoted.toSorted((one, other) => (first.get(one.name) ?? Infinity) - (first.get(other.name) ?? Infinity));
}
