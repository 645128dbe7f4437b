import type { Config } from "../config/parse";
import { verifiesTag } from "../config/verification";
import type { Release, SourceName } from "../domain/release";
import { nextVersion } from "../domain/version";
import type { Problem } from "../domain/problem";
import type { GitHub } from "../clients/github";

/**
 * Refuses a lightweight tag where Flux verifies the tag: a signature is in a tag's own object, and it has none. Whether a
 * signature is good, Flux says.
 */
export async function lightweightTag(github: GitHub, config: Config, name: SourceName): Promise<Problem[]> {
    const { repository, ref, verify } = config[name];
    const {
        stack,
        tagPrefix = "",
        github: { owner },
    } = config;
    if (!verify || !verifiesTag(verify.mode) || !("tag" in ref) || (await github.hasTagObject(repository, ref.tag))) {
        return [];
    }
    const next = `${tagPrefix}${nextVersion([ref.tag.slice(tagPrefix.length)], "patch")}`;
    const key = `fluxcd:${name}.tag`;
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

/** Refuses to make a tag where Flux verifies the tag: GitHub's API makes tags without a signature. */
export function tagToSign(config: Config, name: SourceName, { tag, commit }: Release): Problem[] {
    const { repository, verify } = config[name];
    if (!verify || !verifiesTag(verify.mode)) {
        return [];
    }
    const expected = `it is not there yet and must be signed, as verify.mode is ${verify.mode}: only who has the key can make it`;
    const fix = `${signedTag(repository, tag, commit)}   (then the same command again)`;
    return [{ refusal: "unsigned-tag", key: `fluxcd:${name}.tag`, value: tag, expected, fix }];
}

function signedTag(repository: string, tag: string, commit: string): string {
    return `git -C ${repository} fetch && git -C ${repository} tag -s ${tag} -m ${tag} ${commit} && git -C ${repository} push origin ${tag}`;
}
