import { GitRepository } from "../git/repository.ts";
import { refusal, type RefRules } from "../git/rules.ts";
import type { Lab } from "../lab.ts";
import { GitHubError, type Members, notFound, type Reply } from "../reply.ts";
import type { Owner, Repository } from "../store.ts";

/** One request, routed, authenticated and found to be what GitHub's description allows. */
export interface Call {
    lab: Lab;
    parameters: Record<string, string>;
    query: URLSearchParams;
    body: Members;
    /** The token's user; undefined for an anonymous caller. */
    viewer: Owner | undefined;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;
export type Handlers = Record<string, Handler>;

export function viewerOf(call: Call): Owner {
    if (call.viewer === undefined) {
        throw new GitHubError(401, "Requires authentication");
    }
    return call.viewer;
}

export function parameter(call: Call, name: string): string {
    return call.parameters[name] ?? "";
}

export function repositoryOf(call: Call): Repository {
    const repository = call.lab.store.repository(parameter(call, "owner"), parameter(call, "repo"));
    if (repository === undefined || (repository.visibility === "private" && call.viewer === undefined)) {
        throw notFound();
    }
    return repository;
}

export function gitOf(call: Call, repository = repositoryOf(call)): GitRepository {
    return new GitRepository(call.lab.store.gitDirectory(repository));
}

/** The address of something inside the repository. */
export function inRepository(call: Call, path: string, repository = repositoryOf(call)): string {
    return `${call.lab.api}/repos/${repository.owner}/${repository.name}${path}`;
}

export function refRules(lab: Lab, repository: Repository): RefRules {
    return {
        defaultBranch: repository.defaultBranch,
        web: `${lab.web}/${repository.owner}/${repository.name}`,
        ownedByOrganization: lab.store.owner(repository.owner)?.type === "Organization",
        protections: repository.protections,
        rulesets: repository.rulesets,
    };
}

/** Creates, moves or deletes a ref, or says with GitHub's words why the repository's rules forbid it. */
export async function changeRef(call: Call, ref: string, after: string | null, force = true): Promise<void> {
    const repository = repositoryOf(call);
    const git = gitOf(call, repository);
    const before = (await git.resolve(ref)) ?? null;
    const fastForward = before !== null && after !== null && (await git.isAncestor(before, after));
    const refused = refusal(refRules(call.lab, repository), { ref, before, after, fastForward });
    if (refused !== undefined) {
        const head = refused.code === "GH013" ? "Repository rule violations found" : refused.summary;
        throw new GitHubError(422, `${head}\n\n${refused.reasons.join("\n")}\n\n`);
    }
    if (before !== null && after !== null && !fastForward && !force) {
        throw new GitHubError(422, "Update is not a fast forward");
    }
    await git.run(after === null ? ["update-ref", "-d", ref] : ["update-ref", ref, after]);
    touch(call.lab, repository);
}

/** Remembers that something was pushed. */
export function touch(lab: Lab, repository: Repository): void {
    repository.pushedAt = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    repository.updatedAt = repository.pushedAt;
    lab.store.save();
}

export async function refuseEmpty(git: GitRepository): Promise<void> {
    if (await git.isEmpty()) {
        throw new GitHubError(409, "Git Repository is empty.");
    }
}

/** A page of a list, as `page` and `per_page` ask for it. */
export function page<T>(call: Call, all: readonly T[]): T[] {
    const size = Math.min(Math.max(Number(call.query.get("per_page") ?? 30) || 30, 1), 100);
    const number = Math.max(Number(call.query.get("page") ?? 1) || 1, 1);
    return all.slice((number - 1) * size, number * size);
}
