import { GitRepository } from "../git/repository.ts";
import { refusal, type RefRules } from "../git/rules.ts";
import type { Lab } from "../lab.ts";
import { refsChanged } from "../pulls.ts";
import { GitHubError, type Members, notFound, type Reply } from "../reply.ts";
import type { Owner, Repository, Token } from "../store.ts";
import { isAdministrator, sees } from "../tokens.ts";

/** One request, routed, authenticated and found to be what GitHub's description allows. */
export interface Call {
    lab: Lab;
    parameters: Record<string, string>;
    query: URLSearchParams;
    body: Members;
    /** Both undefined for an anonymous caller. */
    token: Token | undefined;
    /** The token's user, or its App's bot. */
    viewer: Owner | undefined;
    /** Headers that the answer gets beside the handler's own: `link`, once a page of a list was taken. */
    headers: Record<string, string>;
    /** The request's address, without its query. */
    url: string;
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
    if (repository === undefined || !sees(call.token, repository)) {
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

/** The rules of a repository for whoever has this token; a deploy key passes for an administrator. */
export function refRules(lab: Lab, repository: Repository, token: Token | undefined): RefRules {
    return {
        contributor: token !== undefined && !isAdministrator(token),
        defaultBranch: repository.defaultBranch,
        web: `${lab.web}/${repository.owner}/${repository.name}`,
        ownedByOrganization: lab.store.owner(repository.owner)?.type === "Organization",
        protections: repository.protections,
        rulesets: repository.rulesets,
    };
}

export interface RefChange {
    ref: string;
    /** What the ref stands on, as far as the caller knows; null where it must not exist yet. */
    before: string | null;
    after: string | null;
    /** Whether history may be rewritten; true unless said otherwise. */
    force?: boolean;
    /** GitHub's answer if the rules forbid it, or if the ref stands elsewhere by now. */
    refused?: (reasons: string[], ruleset: boolean) => GitHubError;
    stale?: () => GitHubError | Promise<GitHubError>;
}

/** Creates, moves or deletes a ref, or says with GitHub's words why the repository's rules forbid it. */
export async function changeRef(call: Call, change: RefChange): Promise<void> {
    const { ref, before, after, force = true, refused = refusedRef, stale } = change;
    const repository = repositoryOf(call);
    const git = gitOf(call, repository);
    const fastForward = before !== null && after !== null && (await git.isAncestor(before, after));
    const found = refusal(refRules(call.lab, repository, call.token), { ref, before, after, fastForward });
    if (found !== undefined) {
        throw refused(found.reasons, found.code === "GH013");
    }
    if (before !== null && after !== null && !fastForward && !force) {
        throw new GitHubError(422, "Update is not a fast forward");
    }
    // Git takes the change only if nobody was faster.
    const expected = before ?? "0".repeat(40);
    const done = await git.succeeds(
        after === null ? ["update-ref", "-d", ref, expected] : ["update-ref", ref, after, expected],
    );
    if (!done) {
        throw (await stale?.()) ?? new GitHubError(422, "Reference cannot be updated");
    }
    await refsChanged(call.lab, repository, call.viewer?.login ?? null, [{ ref, before, after }]);
}

export function refusedRef(reasons: string[], ruleset: boolean): GitHubError {
    const message = ruleset ? `Repository rule violations found\n\n${reasons.join("\n")}\n\n` : reasons.join(" ");
    return new GitHubError(422, message);
}

export async function refuseEmpty(git: GitRepository): Promise<void> {
    if (await git.isEmpty()) {
        throw new GitHubError(409, "Git Repository is empty.");
    }
}

/** A page of a list, as `page` and `per_page` ask for it; the answer links to the others as GitHub's does. */
export function page<T>(call: Call, all: readonly T[], otherwise = 30): T[] {
    const size = Math.min(Math.max(Number(call.query.get("per_page") ?? otherwise) || otherwise, 1), 100);
    const number = Math.max(Number(call.query.get("page") ?? 1) || 1, 1);
    const last = Math.max(Math.ceil(all.length / size), 1);
    const to = (page: number, name: string): string => {
        const query = new URLSearchParams(call.query);
        query.set("page", String(page));
        return `<${call.url}?${query.toString()}>; rel="${name}"`;
    };
    const links = [
        ...(number > 1 ? [to(Math.min(number - 1, last), "prev")] : []),
        ...(number < last ? [to(number + 1, "next"), to(last, "last")] : []),
        ...(number > 1 ? [to(1, "first")] : []),
    ];
    if (links.length > 0) {
        call.headers.link = links.join(", ");
    }
    return all.slice((number - 1) * size, number * size);
}
