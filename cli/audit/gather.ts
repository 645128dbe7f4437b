import { join } from "node:path";

import type { Config } from "../../config/parse";
import { GitHub } from "../../clients/github";
import { promotedSources, type PromotedSource } from "../../config/sources";
import { required } from "../../domain/records";
import { wrongUsage } from "../terminal/exit";
import { type Artifact, type Content, fetchArtifact, inScratchFolder, NotFetched } from "../tools/artifact";
import type { Origin } from "../tools/git";
import { type Failure, findKustomize, type Folder, type Kustomize, missingKustomize, render } from "../tools/render";
import { foldersOf } from "../release/plan";
import { type Declaration, fits, judge, type Judgement, readDeclarations } from "./declared";
import { type Difference, differencesBetween } from "./differences";
import { type Manifest, manifestsOf } from "./manifests";

/** A stack, and the ref of one repository that it follows or is pinned to. */
export interface Standing {
    readonly stack: string;
    readonly environment: string;
    readonly ref: string;
    /** The commit of the ref; undefined if the ref does not exist yet. */
    readonly commit: string | undefined;
}

/** The differences between the overlays of one repository. */
export interface SourceAudit extends Judgement {
    readonly repository: string;
    /** The revision whose overlays are compared. */
    readonly ref: string;
    readonly commit: string;
    /** The file that declares intended differences. */
    readonly file: string;
    readonly standings: readonly Standing[];
    /**
     * The differences between the stacks' releases that disappear once all stacks have this revision. Values are by
     * stack.
     */
    readonly releases: readonly Difference[];
    /** The folders without manifests to compare. What is above leaves them out. */
    readonly unbuilt?: readonly Unbuilt[];
}

/** A folder that does not build here. */
export interface Unbuilt extends Failure {
    readonly path: string;
    readonly ref: string;
    readonly commit: string;
}

export interface Request {
    /** The configs in promotion order. */
    readonly configs: readonly [Config, ...Config[]];
    readonly token: string;
    /** A branch, tag or commit in the repositories; undefined for the first stack's ref. */
    readonly ref: string | undefined;
}

/** Compares the overlays of one repository, as kustomize builds them. */
export async function audit(source: string, request: Request): Promise<SourceAudit> {
    const { configs, token } = request;
    const [first] = configs;
    const github = new GitHub(first.github, token);
    const { repository } = sourceIn(first, source);
    const found = await github.repository(repository);
    if (!found) {
        const full = `${first.github.owner}/${repository}`;
        const fix = "run pulumi up -s dev to create it, or give the token access to it";
        throw wrongUsage(`GitHub has no repository ${full} that the token can see: ${fix}.`);
    }
    const standings = await Promise.all(configs.map((config) => standingOf(source, config, github)));
    const judged = await revisionOf(github, repository, request.ref, standings);
    return inScratchFolder("audit", async (directory) => {
        const workbench = Workbench.at(directory, { cloneUrl: found.httpUrl, token });
        return {
            repository,
            standings,
            ...judged,
            ...(await compareAll(source, { ...request, standings, judged }, workbench)),
        };
    });
}

function sourceIn(config: Config, source: string): PromotedSource {
    return required(Object.fromEntries(promotedSources(config).map((it) => [it.name, it])), source);
}

interface Revision {
    readonly ref: string;
    readonly commit: string;
}

async function standingOf(source: string, config: Config, github: GitHub): Promise<Standing> {
    const { repository, ref } = sourceIn(config, source);
    const commit = await github.commit(repository, "tag" in ref ? `tags/${ref.tag}` : `heads/${ref.branch}`);
    const name = "tag" in ref ? ref.tag : ref.branch;
    return { stack: config.stack, environment: config.environment, ref: name, commit };
}

async function revisionOf(
    github: GitHub,
    repository: string,
    ref: string | undefined,
    [first]: readonly Standing[],
): Promise<Revision> {
    const name = ref ?? first?.ref ?? "";
    const commit = ref === undefined ? first?.commit : await github.commit(repository, ref);
    if (commit === undefined) {
        throw wrongUsage(`${repository} has no branch, tag or commit ${name}.`);
    }
    return { ref: name, commit };
}

type Compared = Omit<SourceAudit, "repository" | "standings" | "ref" | "commit">;

async function compareAll(
    source: string,
    { configs, standings, judged }: Request & { standings: readonly Standing[]; judged: Revision },
    workbench: Workbench,
): Promise<Compared> {
    const byStack = new Map(configs.map((config) => [config.stack, appliedBy(config, source)]));
    // The first stack of an environment stands for it.
    const byEnvironment = new Map(configs.toReversed().map((it) => [it.environment, appliedBy(it, source)]));
    const environments = [...new Set(configs.map(({ environment }) => environment))];
    const overlays = new Map(
        await Promise.all(
            environments.map(
                async (name) => [name, await workbench.buildAll(judged, byEnvironment.get(name))] as const,
            ),
        ),
    );
    const file = `${source}/audit.yaml`;
    const declarations = await workbench.declarations(judged, sourceIn(configs[0], source), file);
    const built = builtIn(overlays);
    const { stale, ...judgement } = judge(differencesBetween(built), declarations, Object.keys(built));

    const stands = standings.flatMap(({ commit, ...it }) => (commit === undefined ? [] : [{ ...it, commit }]));
    const running = new Map(
        await Promise.all(
            stands.map(async (it) => [it.stack, await workbench.buildAll(it, byStack.get(it.stack))] as const),
        ),
    );
    const told = new Set([...judgement.unintended, ...judgement.intended].map(keyOf));
    const releases = differencesBetween(builtIn(running)).filter(
        (it) => !told.has(keyOf(it)) && !declarations.some((declaration) => fits(declaration, it)),
    );
    const unbuilt = unbuiltIn([...overlays.values(), ...running.values()]);
    // A declaration may be for a folder that does not build.
    const isComplete = Object.keys(built).length === overlays.size;
    return { file, ...judgement, stale: isComplete ? stale : [], releases, unbuilt };
}

/** What a stack applies from a source. */
interface Applied {
    readonly source: Content;
    readonly folders: readonly Folder[];
}

function appliedBy(config: Config, source: string): Applied {
    return { source: sourceIn(config, source), folders: foldersOf(config, source) };
}

type Build = readonly Manifest[] | Unbuilt;

/** The manifests by name, where all folders of a name are built. */
function builtIn(builds: ReadonlyMap<string, readonly Build[]>): Record<string, readonly Manifest[]> {
    const complete = [...builds].filter(([, all]) => all.every(isBuilt));
    return Object.fromEntries(complete.map(([name, all]) => [name, all.filter(isBuilt).flat()]));
}

function isBuilt(build: Build): build is readonly Manifest[] {
    return !("failure" in build);
}

/** Each folder once: a release can be that of several stacks. */
function unbuiltIn(builds: readonly (readonly Build[])[]): Unbuilt[] {
    const all = builds.flat().flatMap((build) => (isBuilt(build) ? [] : [build]));
    const isSame = (one: Unbuilt, other: Unbuilt) => one.commit === other.commit && one.path === other.path;
    return all.filter((it, at) => all.findIndex((other) => isSame(it, other)) === at);
}

function keyOf({ object, path }: Difference): string {
    return JSON.stringify([object, path]);
}

/** The trees of one repository, each fetched once, and the builds from them. */
class Workbench {
    private readonly artifacts = new Map<string, Promise<Artifact | NotFetched>>();
    private readonly directory: string;
    private readonly origin: Origin;
    private readonly kustomize: Kustomize;

    private constructor(directory: string, origin: Origin, kustomize: Kustomize) {
        this.directory = directory;
        this.origin = origin;
        this.kustomize = kustomize;
    }

    public static at(directory: string, origin: Origin): Workbench {
        const kustomize = findKustomize();
        if (!kustomize) {
            throw wrongUsage(`The overlays cannot be built: ${missingKustomize}`);
        }
        return new Workbench(directory, origin, kustomize);
    }

    public async buildAll(revision: Revision, applied: Applied | undefined): Promise<readonly Build[]> {
        const { source, folders = [] } = applied ?? {};
        return Promise.all(source ? folders.map((folder) => this.build(revision, source, folder)) : []);
    }

    private async build(revision: Revision, source: Content, folder: Folder): Promise<Build> {
        const artifact = await this.artifact(revision, source);
        const rendered =
            artifact instanceof NotFetched
                ? { failure: artifact.message, isOnlyHere: true }
                : await render(this.kustomize, artifact, folder);
        const { ref, commit } = revision;
        return typeof rendered === "string" ? manifestsOf(rendered) : { path: folder.path, ref, commit, ...rendered };
    }

    /** The declarations in a file; empty if the file does not exist. */
    public async declarations(revision: Revision, source: Content, file: string): Promise<Declaration[]> {
        const artifact = await this.artifact(revision, source);
        const text = artifact instanceof NotFetched ? undefined : await artifact.committed(file);
        return text === undefined ? [] : readDeclarations(file, text);
    }

    private artifact({ commit }: Revision, source: Content): Promise<Artifact | NotFetched> {
        const { ignore, sparseCheckout, recurseSubmodules } = source;
        const key = JSON.stringify([commit, ignore, sparseCheckout, recurseSubmodules]);
        const directory = join(this.directory, String(this.artifacts.size));
        const fetched =
            this.artifacts.get(key) ??
            fetchArtifact(this.origin, commit, directory, source).catch((error: unknown) => {
                if (error instanceof NotFetched) {
                    return error;
                }
                throw error;
            });
        this.artifacts.set(key, fetched);
        return fetched;
    }
}
