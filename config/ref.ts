import type { Problem } from "../domain/problem";
import type { Ref } from "../domain/release";
import type { Values } from "./values";

interface Environment {
    readonly stack: string;
    readonly name: string;
    readonly tagPrefix: string | undefined;
}

const version = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const branchName = /^(?!refs\/)(?!.*(\.\.|@\{|\/\/|\.lock$|[/.]$))[A-Za-z0-9][A-Za-z0-9._/-]*$/;
const commitSha = /^[0-9a-f]{40}$/;

/** The ref of a source, or every reason why it has none. */
export function refOf(key: string, source: Values, environment: Environment): Ref | { problems: Problem[] } {
    const { branch, tag } = source;
    if (branch !== undefined && tag !== undefined) {
        const expected = "expected one of branch and tag, not both";
        return { problems: [{ key, value: { branch, tag }, expected, fix: unset(`${key}.branch`, environment) }] };
    }
    if (branch === undefined && tag === undefined) {
        const [field, example] =
            environment.tagPrefix === undefined ? ["branch", "main"] : ["tag", exampleTag(environment)];
        const expected = "expected one of branch and tag";
        return { problems: [{ key, value: source, expected, fix: set(`${key}.${field}`, example, environment) }] };
    }
    return tag === undefined ? branchRef(key, source, environment) : tagRef(key, source, environment);
}

function branchRef(key: string, { branch, commit }: Values, environment: Environment): Ref | { problems: Problem[] } {
    const problems: Problem[] = [];
    if (typeof branch !== "string" || !branchName.test(branch)) {
        const expected = "expected the short name of a branch, without refs/heads/";
        const fix = set(`${key}.branch`, "main", environment);
        problems.push({ key: `${key}.branch`, value: branch, expected, fix });
    }
    if (commit !== undefined) {
        const expected = "a commit pins a tag; a branch moves";
        problems.push({ key: `${key}.commit`, value: commit, expected, fix: unset(`${key}.commit`, environment) });
    }
    return problems.length > 0 ? { problems } : { branch: String(branch) };
}

function tagRef(key: string, { tag, commit }: Values, environment: Environment): Ref | { problems: Problem[] } {
    const { name, tagPrefix } = environment;
    if (tagPrefix === undefined) {
        const expected = `environment ${name} has no release tags: fluxcd:tagPrefixes does not name it, so it follows a branch`;
        const fix = `${unset(`${key}.tag`, environment)} && ${set(`${key}.branch`, "main", environment)}`;
        return { problems: [{ key: `${key}.tag`, value: tag, expected, fix }] };
    }
    const problems: Problem[] = [];
    const pinned = typeof commit === "string" && commitSha.test(commit) ? commit : undefined;
    if (typeof tag !== "string" || !tag.startsWith(tagPrefix) || !version.test(tag.slice(tagPrefix.length))) {
        const expected = `expected ${tagPrefix}X.Y.Z, a release tag of environment ${name} by its short name, without leading zeros or spaces`;
        problems.push({
            key: `${key}.tag`,
            value: tag,
            expected,
            fix: set(`${key}.tag`, exampleTag(environment), environment),
        });
    }
    if (commit !== pinned) {
        const expected = "expected the 40 lower case hex digits of the commit the tag must point to";
        problems.push({ key: `${key}.commit`, value: commit, expected, fix: unset(`${key}.commit`, environment) });
    }
    if (problems.length > 0) {
        return { problems };
    }
    return pinned === undefined ? { tag: String(tag) } : { tag: String(tag), commit: pinned };
}

function exampleTag({ tagPrefix }: Environment): string {
    return `${tagPrefix ?? ""}1.2.3`;
}

function set(key: string, value: string, { stack }: Environment): string {
    return `pulumi config set --stack ${stack} --path '${key}' ${value}`;
}

function unset(key: string, { stack }: Environment): string {
    return `pulumi config rm --stack ${stack} --path '${key}'`;
}
