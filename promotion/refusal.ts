import type { Problem, RefusalCode } from "../domain/problem";

/** The commands that remove an exemption from the stack file. */
export function removeExemption(source: string, kind: string, stack: string): string {
    const remove = (name: string) => `pulumi config rm --stack ${stack} --path 'fluxcd:sources.${source}.${name}'`;
    return `${remove(kind)} && ${remove("reason")}`;
}

/** A problem with the rule that refuses the release. */
export function refusal(code: RefusalCode, problem: Omit<Problem, "refusal">): Problem {
    return { refusal: code, ...problem };
}
