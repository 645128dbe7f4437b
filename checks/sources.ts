import type { Config } from "../config";
import type { FurtherSource } from "../config/further";
import type { Problem } from "../domain/problem";
import type { GitHub } from "../clients/github";
import type { Looked } from "../clients/lookup";
import { webhookProblems } from "./webhook";

/** Where a repository is cloned from. */
export interface Address {
    readonly sshUrl: string;
    readonly httpUrl: string;
}

/** A ref of one of the owner's repositories, as GitHub's API names it. */
export interface Seen {
    readonly repository: string;
    readonly ref: string;
}

interface Findings {
    /** By the name of the source; none for what has a problem. */
    readonly addresses: Readonly<Record<string, Address>>;
    /** What Flux must be able to read. */
    readonly seen: readonly Seen[];
    readonly problems: readonly Problem[];
}

/** GitHub limits what is asked at once: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const atOnce = 10;

/** Looks at the further sources among the owner's repositories. Of one that has a URL, nobody is asked. */
export async function lookAtFurther(config: Config, github: GitHub): Promise<Findings> {
    const sources = Object.entries(config.further.sources);
    const ours = sources.flatMap(([name, { repository, ref }]) =>
        repository === undefined ? [] : [{ name, repository, revision: refIn(ref)?.revision ?? "HEAD" }],
    );
    const answers = await github.lookUp(ours);
    const found = new Map(ours.map(({ name }, at) => [name, answers[at]]));
    const looks: Look[] = [];
    for (let from = 0; from < sources.length; from += atOnce) {
        const some = sources.slice(from, from + atOnce);
        looks.push(
            ...(await Promise.all(
                some.map(([name, source]) => lookAt(config, github, { name, source, found: found.get(name) })),
            )),
        );
    }
    return {
        addresses: Object.fromEntries(
            looks.flatMap(({ name, address }) => (address ? [[name, address] as const] : [])),
        ),
        seen: looks.flatMap(({ seen }) => seen ?? []),
        problems: looks.flatMap(({ problem }) => problem ?? []),
    };
}

interface Look {
    readonly name: string;
    readonly address?: Address;
    readonly seen?: Seen;
    readonly problem?: Problem | undefined;
}

interface Further {
    readonly name: string;
    readonly source: FurtherSource;
    readonly found: Looked | undefined;
}

async function lookAt(config: Config, github: GitHub, { name, source, found }: Further): Promise<Look> {
    const { repository, url = "", ref } = source;
    if (repository === undefined) {
        return { name, address: { sshUrl: url, httpUrl: url } };
    }
    const fullName = `${config.github.owner}/${repository}`;
    const key = `fluxcd:sources.${name}`;
    if (!found) {
        const expected = `${fullName} is not there, or the token cannot see it: the stack reads further repositories and makes none`;
        const fix = `gh repo create ${fullName} --private   (or give the token access to it)`;
        return { name, problem: { key: `${key}.repository`, value: repository, expected, fix } };
    }
    const [problem] = await webhookProblems(github, config, repository);
    const named = refIn(ref);
    if (named === undefined || problem) {
        return { name, address: found, problem };
    }
    if (!found.hasRevision) {
        const expected = `${fullName} has no such ${named.field}`;
        const fix = `git ls-remote ${found.httpUrl}   (then set one that is there)`;
        return { name, problem: { key: `${key}.${named.field}`, value: named.value, expected, fix } };
    }
    return { name, address: found, seen: { repository, ref: named.ref } };
}

/** The ref as GitHub takes it; undefined for a range, which only Flux resolves. */
function refIn(ref: FurtherSource["ref"]) {
    if ("branch" in ref) {
        return { field: "branch", value: ref.branch, ...fullRef(`heads/${ref.branch}`) };
    }
    if ("tag" in ref) {
        return { field: "tag", value: ref.tag, ...fullRef(`tags/${ref.tag}`) };
    }
    return "commit" in ref ? { field: "commit", value: ref.commit, ref: ref.commit, revision: ref.commit } : undefined;
}

/** A ref as REST takes it, and as git does. */
function fullRef(ref: string) {
    return { ref, revision: `refs/${ref}` };
}
