import type { Octokit } from "@octokit/rest";

/** A repository of the owner, and a revision in it, such as `refs/heads/main` or a commit. */
export interface Wanted {
    readonly repository: string;
    readonly revision: string;
}

/** A repository as GitHub describes it, and whether it has the wanted revision. */
export interface Looked {
    readonly sshUrl: string;
    readonly httpUrl: string;
    readonly hasRevision: boolean;
}

interface Repository {
    readonly sshUrl: string;
    readonly url: string;
    readonly object: object | null;
}

interface GraphqlError {
    readonly errors?: readonly { readonly type?: string; readonly message: string }[];
    readonly data?: unknown;
    readonly headers?: Readonly<Record<string, string | number | undefined>>;
}

const atOnce = 100;

/**
 * Looks up repositories, up to a hundred in one request: with one request per repository, GitHub's limit of 5000 an
 * hour would not be enough. The result is undefined for a repository that the token cannot see.
 * https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export async function lookUp(
    octokit: Octokit,
    owner: string,
    wanted: readonly Wanted[],
): Promise<(Looked | undefined)[]> {
    const found: (Looked | undefined)[] = [];
    for (let from = 0; from < wanted.length; from += atOnce) {
        found.push(...(await ask(octokit, owner, wanted.slice(from, from + atOnce))));
    }
    return found;
}

async function ask(octokit: Octokit, owner: string, wanted: readonly Wanted[]): Promise<(Looked | undefined)[]> {
    const declared = wanted.map((_, at) => `$name${at}: String!, $revision${at}: String!`);
    const fields = wanted.map(
        (_, at) =>
            `found${at}: repository(owner: $owner, name: $name${at}) { sshUrl url object(expression: $revision${at}) { oid } }`,
    );
    const variables = Object.fromEntries(
        wanted.flatMap(({ repository, revision }, at) => [
            [`name${at}`, repository],
            [`revision${at}`, revision],
        ]),
    );
    const query = `query($owner: String!, ${declared.join(", ")}) { ${fields.join(" ")} }`;
    const data = await octokit
        .graphql<Record<string, Repository | null>>(query, { owner, ...variables })
        .catch(whatThereIs);
    return wanted.map((_, at) => {
        const repository = data[`found${at}`];
        return repository
            ? {
                  sshUrl: repository.sshUrl,
                  httpUrl: `${repository.url}.git`,
                  hasRevision: repository.object !== null,
              }
            : undefined;
    });
}

/** Any other type means that GitHub failed: the error then has no status. */
const statuses: Readonly<Record<string, number>> = { FORBIDDEN: 403, INSUFFICIENT_SCOPES: 403, RATE_LIMITED: 403 };

/**
 * Missing repositories do not fail the query: GitHub returns the others. Other errors get the status that REST would
 * give.
 */
function whatThereIs(error: unknown): Record<string, Repository | null> {
    const { errors, data } = error as GraphqlError;
    const refused = errors?.find(({ type }) => type !== "NOT_FOUND");
    if (errors === undefined || (refused !== undefined && refused.type === undefined)) {
        throw error;
    }
    if (refused) {
        const { headers } = error as GraphqlError;
        throw Object.assign(new Error(refused.message), {
            status: statuses[refused.type ?? ""],
            response: { headers },
        });
    }
    return data as Record<string, Repository | null>;
}
