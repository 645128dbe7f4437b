import type { Config } from "../config/parse";
import { verifiesTag } from "../config/verification";
import type { PromotedSource } from "../config/sources";
import type { Release } from "../domain/release";
import { nextVersion } from "../domain/version";
import type { Problem } from "../domain/problem";
import type { GitHub } from "../clients/github";

/**
 * Refuses a lightweight tag if Flux verifies tags: only an annotated tag can have a signature. Flux checks the
 * signature itself.
 */
export async function lightweightTag(github: GitHub, config: Config, source: PromotedSource): Promise<Problem[]> {
    const { name, repository, ref, verify } = source;
    const {
        stack,
        tagPrefix = "",
        github: { owner },
    } = config;
    if (!verify || !verifiesTag(verify.mode) || !("tag" in ref) || (await github.hasTagObject(repository, ref.tag))) {
        return [];
    }
    const next = `${tagPrefix}${nextVersion([ref.tag.slice(tagPrefix.length)], "patch")}`;
    const key = `fluxcd:sources.${name}.tag`;
    return [
        {
            refusal: "unsigned-tag",
            key,
            value: ref.tag,
            expected: `${owner}/${repository} has it as a lightweight tag, which cannot be signed, and verify.mode is ${verify.mode}`,
            fix: `${signedTag(repository, next, `'${ref.tag}^{commit}'`)} && pulumi config set --stack ${stack} --path '${key}' ${next}`,
        },
    ];
}

/** Refuses to create a tag if Flux verifies tags: GitHub's API creates tags without a signature. */
export function tagToSign(source: PromotedSource, { tag, commit }: Release): Problem[] {
    const { name, repository, verify } = source;
    if (!verify || !verifiesTag(verify.mode)) {
        return [];
    }
    const expected = `it does not exist yet and must be signed, as verify.mode is ${verify.mode}: only the owner of the key can create it`;
    const fix = `${signedTag(repository, tag, commit)}   (then the same command again)`;
    return [{ refusal: "unsigned-tag", key: `fluxcd:sources.${name}.tag`, value: tag, expected, fix }];
}

function signedTag(repository: string, tag: string, commit: string): string {
    return `git -C ${repository} fetch && git -C ${repository} tag -s ${tag} -m ${tag} ${commit} && git -C ${repository} push origin ${tag}`;
}
