import type { Problem } from "../domain/problem";
import type { Ref } from "../domain/release";
import { removeConfig, setConfig } from "../domain/commands";
import type { SourceKeys } from "./fluxObjects";

interface Environment {
    readonly stack: string;
    readonly environment: string;
    /** The prefix of the environment's release tags; undefined if it has none. */
    readonly tagPrefix: string | undefined;
}

const version = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const refName = /^(?!refs\/)(?!.*(\.\.|@\{|\/\/|\.lock$|[/.]$))[A-Za-z0-9][A-Za-z0-9._/+-]*$/;
const refFields = ["branch", "tag", "semver", "commit"] as const;

/** The ref of a promoted source: a branch, or a release tag of the environment. Otherwise all problems with it. */
export function promotedRef(
    key: string,
    source: SourceKeys,
    environment: Environment,
): Ref | { readonly problems: readonly Problem[] } {
    const { branch, tag, semver } = source;
    const { stack, tagPrefix } = environment;
    if (semver !== undefined) {
        const expected = "a promoted source cannot follow a range of versions: expected a branch or a tag";
        const fix = removeConfig(stack, `${key}.semver`);
        return { problems: [{ key: `${key}.semver`, value: semver, expected, fix }] };
    }
    if (branch !== undefined && tag !== undefined) {
        const expected = "expected one of branch and tag, not both";
        return {
            problems: [{ key, value: { branch, tag }, expected, fix: removeConfig(stack, `${key}.branch`) }],
        };
    }
    if (branch === undefined && tag === undefined) {
        const [field, example] = tagPrefix === undefined ? ["branch", "main"] : ["tag", exampleTag(environment)];
        const expected = "expected one of branch and tag";
        return { problems: [{ key, expected, fix: setConfig(stack, `${key}.${field}`, example) }] };
    }
    return tag === undefined ? branchRef(key, source, environment) : tagRef(key, source, environment);
}

function branchRef(key: string, { branch = "", commit }: SourceKeys, { stack }: Environment) {
    const expected = "a commit can only pin a tag, and this source follows a branch";
    const fix = removeConfig(stack, `${key}.commit`);
    return commit === undefined ? { branch } : { problems: [{ key: `${key}.commit`, value: commit, expected, fix }] };
}

function tagRef(key: string, { tag = "", commit }: SourceKeys, environment: Environment) {
    const { stack, environment: name, tagPrefix } = environment;
    if (tagPrefix === undefined) {
        const expected = `environment ${name} has no release tags: fluxcd:tagPrefixes has no entry for it, so it follows a branch`;
        const fix = `${removeConfig(stack, `${key}.tag`)} && ${setConfig(stack, `${key}.branch`, "main")}`;
        return { problems: [{ key: `${key}.tag`, value: tag, expected, fix }] };
    }
    if (!tag.startsWith(tagPrefix) || !version.test(tag.slice(tagPrefix.length))) {
        const expected = `expected ${tagPrefix}X.Y.Z, a release tag of environment ${name} by its short name, without leading zeros or spaces`;
        const fix = setConfig(stack, `${key}.tag`, exampleTag(environment));
        return { problems: [{ key: `${key}.tag`, value: tag, expected, fix }] };
    }
    return commit === undefined ? { tag } : { tag, commit };
}

/** The ref of a source without promotion: any ref that Flux can follow. Otherwise the problem with it. */
export function anyRef(
    key: string,
    source: SourceKeys,
    stack: string,
): Ref | { readonly problems: readonly Problem[] } {
    const given = refFields.filter((name) => source[name] !== undefined);
    const [field = "branch"] = given;
    if (given.length !== 1) {
        const expected = `expected one of ${refFields.join(", ")}`;
        const fix =
            given.length === 0
                ? setConfig(stack, `${key}.branch`, "main")
                : removeConfig(stack, `${key}.${given.at(-1) ?? ""}`);
        return { problems: [{ key, value: source, expected, fix }] };
    }
    const { tag } = source;
    if (tag !== undefined && !refName.test(tag)) {
        const expected = "expected the short name of a tag, without refs/tags/";
        const fix = setConfig(stack, `${key}.tag`, "<tag>");
        return { problems: [{ key: `${key}.tag`, value: tag, expected, fix }] };
    }
    return { [field]: source[field] } as unknown as Ref;
}

function exampleTag({ tagPrefix }: Environment): string {
    return `${tagPrefix ?? ""}1.2.3`;
}
