import type { Problem } from "../domain/problem";
import type { Exemption, Ref } from "../domain/release";

interface ExemptionKeys {
    readonly rollback: boolean;
    readonly hotfix: boolean;
    readonly reason: string;
}

/** The exemption of a source's release; undefined if there is none. Otherwise the problems with it. */
export function exemptionOf(
    key: string,
    { rollback, hotfix, reason }: ExemptionKeys,
    ref: Ref,
    stack: string,
): Exemption | undefined | { problems: Problem[] } {
    const remove = (name: string) => `pulumi config rm --stack ${stack} --path '${key}.${name}'`;
    if (!rollback && !hotfix) {
        const expected = "a reason needs rollback: true or hotfix: true, and neither is set";
        const leftover = { key: `${key}.reason`, value: reason, expected, fix: remove("reason") };
        return reason === "" ? undefined : { problems: [leftover] };
    }
    const kind = rollback ? "rollback" : "hotfix";
    if (rollback && hotfix) {
        const expected =
            "expected rollback or hotfix, not both: either the release is an earlier one, or it cannot wait";
        return { problems: [{ key, value: { rollback, hotfix }, expected, fix: remove("hotfix") }] };
    }
    if (!("tag" in ref)) {
        const expected = `a ${kind} needs a release, and this source is not pinned to a tag`;
        return { problems: [{ key: `${key}.${kind}`, value: true, expected, fix: remove(kind) }] };
    }
    if (reason.trim() === "") {
        const expected = `is missing: a ${kind} needs a reason, which the preview, the outputs and the history show`;
        const fix = `pulumi config set --stack ${stack} --path '${key}.reason' '<why>'`;
        return { problems: [{ key: `${key}.reason`, expected, fix }] };
    }
    return { kind, reason };
}
