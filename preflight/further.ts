import type { Config } from "../config";
import type { FurtherSource } from "../config/further";
import type { Problem } from "../refusal";
import type { GitHub } from "./github";
import type { Looked } from "./lookup";
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

/** Looks at the further sources among the owner's repositories. Of one that has a URL, nobody is asked. */
export async function lookAtFurther(config: Config, github: GitHub): Promise<Findings> {
    const sources = Object.entries(config.further.sources);
    const wanted = sources.flatMap(([, { repository, ref }]) =>
        repository === undefined ? [] : [{ repository, revision: refIn(ref)?.revision ?? "HEAD" }],
    );
    const found = await github.lookUp(wanted);
    const looks: Look[] = [];
    for (const [name, source] of sources) {
        looks.push(
            source.repository === undefined
                ? { name, address: { sshUrl: source.url ?? "", httpUrl: source.url ?? "" } }
                : await lookAt(config, github, { name, source, found: found.shift() }),
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

interface Ours {
    readonly name: string;
    readonly source: FurtherSource;
    readonly found: Looked | undefined;
}

async function lookAt(config: Config, github: GitHub, { name, source, found }: Ours): Promise<Look> {
    const { repository = "", ref } = source;
    const fullName = `${config.github.owner}/${repository}`;
    const key = `fluxcd:sources.${name}`;
    if (!found) {
        const expected = `${fullName} is not there, or the token cannot see it: the stack reads further repositories and makes none`;
        const mend = `gh repo create ${fullName} --private   (or give the token access to it)`;
        return { name, problem: { key: `${key}.repository`, value: repository, expected, mend } };
    }
    const [problem] = await webhookProblems(github, config, repository);
    const named = refIn(ref);
    if (named === undefined || problem) {
        return { name, address: found, problem };
    }
    if (!found.hasRevision) {
        const expected = `${fullName} has no such ${named.field}`;
        const mend = `git ls-remote ${found.httpUrl}   (then set one that is there)`;
        return { name, problem: { key: `${key}.${named.field}`, value: named.value, expected, mend } };
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
