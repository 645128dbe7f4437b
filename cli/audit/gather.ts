import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Config } from "../../config/parse";
import { GitHub } from "../../clients/github";
import { promotedSources, type PromotedSource } from "../../config/sources";
import { required } from "../../domain/records";
import { CommandError, exitCodes, wrongUsage } from "../terminal/exit";
import { fetchTree, findKustomize, type Kustomize, missingKustomize, type Origin, render } from "../tools/render";
import { overlaysOf } from "../release/plan";
import { type Declaration, fits, judge, type Judgement, readDeclarations } from "./declared";
import { type Difference, differencesBetween } from "./differences";
import { manifestsOf } from "./manifests";

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
    const directory = await mkdtemp(join(tmpdir(), "audit-"));
    try {
        const workbench = await Workbench.at(directory, { cloneUrl: found.httpUrl, token });
        return {
            repository,
            standings,
            ...judged,
            ...(await compareAll(source, { ...request, standings, judged }, workbench)),
        };
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
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
    const paths = new Map(configs.map((config) => [config.environment, overlaysOf(config, source)]));
    const overlays = await Promise.all(
        [...paths].map(async ([name, folders]) => [name, await workbench.buildAll(judged, folders)] as const),
    );
    const file = `${source}/audit.yaml`;
    const declarations = await workbench.declarations(judged, file);
    const judgement = judge(differencesBetween(Object.fromEntries(overlays)), declarations, [...paths.keys()]);

    const stands = standings.flatMap(({ commit, ...it }) => (commit === undefined ? [] : [{ ...it, commit }]));
    const running = await Promise.all(
        stands.map(async (it) => [it.stack, await workbench.buildAll(it, paths.get(it.environment) ?? [])] as const),
    );
    const told = new Set([...judgement.unintended, ...judgement.intended].map(keyOf));
    const releases = differencesBetween(Object.fromEntries(running)).filter(
        (it) => !told.has(keyOf(it)) && !declarations.some((declaration) => fits(declaration, it)),
    );
    return { file, ...judgement, releases };
}

function keyOf({ object, path }: Difference): string {
    return JSON.stringify([object, path]);
}

/** The trees of one repository, each fetched once, and the builds from them. */
class Workbench {
    private readonly trees = new Map<string, Promise<string>>();
    private readonly directory: string;
    private readonly origin: Origin;
    private readonly kustomize: Kustomize;

    private constructor(directory: string, origin: Origin, kustomize: Kustomize) {
        this.directory = directory;
        this.origin = origin;
        this.kustomize = kustomize;
    }

    public static async at(directory: string, origin: Origin): Promise<Workbench> {
        const kustomize = await findKustomize();
        if (!kustomize) {
            throw wrongUsage(`The overlays cannot be built: ${missingKustomize}`);
        }
        return new Workbench(directory, origin, kustomize);
    }

    public async buildAll(revision: Revision, paths: readonly string[]) {
        return (await Promise.all(paths.map((path) => this.build(revision, path)))).flat();
    }

    private async build(revision: Revision, path: string) {
        const rendered = await render(this.kustomize, join(await this.tree(revision), path));
        if (typeof rendered !== "string") {
            const at = `${path} at ${revision.ref} (${revision.commit.slice(0, 7)})`;
            throw new CommandError(exitCodes.failed, `${at} cannot be built:\n\n${rendered.failure}`);
        }
        return manifestsOf(rendered);
    }

    /** The declarations in a file; empty if the file does not exist. */
    public async declarations(revision: Revision, file: string): Promise<Declaration[]> {
        const path = join(await this.tree(revision), file);
        return existsSync(path) ? readDeclarations(file, await readFile(path, "utf8")) : [];
    }

    private tree({ commit }: Revision): Promise<string> {
        const path = join(this.directory, commit);
        const fetched = this.trees.get(commit) ?? fetchTree(this.origin, commit, path).then(() => path);
        this.trees.set(commit, fetched);
        return fetched;
    }
}
