import type { z } from "zod";

import type { Calendar } from "../domain/calendar";
import { compareVersions, versionOf } from "../domain/version";
import type { Problem } from "../domain/problem";
import { seconds } from "../domain/duration";
import type { Further } from "./further";
import type { Ref } from "../domain/release";
import type { fluxcdSchema } from "./schema";

type Keys = z.infer<typeof fluxcdSchema>;

interface Sources {
    readonly stack: string;
    readonly tagPrefix: string | undefined;
    readonly infrastructure: { readonly ref: Ref };
    readonly apps: { readonly ref: Ref };
    readonly further: Pick<Further, "sources">;
}

/** When a stack may take another release. */
export function calendarOf({ timeZone, changeWindows, freezes }: Keys): Calendar {
    return { timeZone, changeWindows, freezes };
}

/** What contradicts itself in the settings of promotion. */
export function promotionProblems(keys: Keys, sources: Sources): Problem[] {
    return [...upstreamProblems(keys, sources), ...branchProblems(keys, sources), ...lockstepProblems(keys, sources)];
}

function upstreamProblems({ promotedFrom, soak }: Keys, { stack }: Sources): Problem[] {
    const problems: Problem[] = [];
    if (promotedFrom === stack) {
        const expected = "expected the stack that releases run in before this one";
        const fix = `pulumi config set --stack ${stack} fluxcd:promotedFrom <stack>`;
        problems.push({ key: "fluxcd:promotedFrom", value: promotedFrom, expected, fix });
    }
    if (promotedFrom === "" && seconds(soak) > 0) {
        const expected = "a soak is the time in the stack of fluxcd:promotedFrom, and there is none";
        const fix = `pulumi config rm --stack ${stack} fluxcd:soak`;
        problems.push({ key: "fluxcd:soak", value: soak, expected, fix });
    }
    return problems;
}

/** A branch moves by itself, past every rule: a stack that has rules must not follow one. */
function branchProblems(keys: Keys, { stack, infrastructure, apps, further }: Sources): Problem[] {
    const rules = [
        ...(keys.promotedFrom === "" ? [] : ["promotedFrom"]),
        ...(keys.lockstep ? ["lockstep"] : []),
        ...(keys.changeWindows.length > 0 ? ["changeWindows"] : []),
        ...(keys.freezes.length > 0 ? ["freezes"] : []),
    ];
    const followed = Object.entries(further.sources).map(([name, source]) => [`sources.${name}`, source] as const);
    return [...Object.entries({ infrastructure, apps }), ...followed].flatMap(([name, { ref }]) => {
        const moves = "branch" in ref ? "branch" : "semver" in ref ? "semver" : undefined;
        if (moves === undefined || rules.length === 0) {
            return [];
        }
        const key = `fluxcd:${name}.${moves}`;
        const value: unknown = ref[moves as keyof typeof ref];
        const names = rules.map((name) => `fluxcd:${name}`).join(", ");
        const expected = `expected a tag, as this stack has ${names}: a ${moves === "branch" ? "branch" : "range"} moves by itself, past every rule`;
        const fix = `set a tag, or take the rules away: ${rules
            .map((name) => `pulumi config rm --stack ${stack} fluxcd:${name}`)
            .join(" && ")}`;
        return [{ key, value, expected, fix }];
    });
}

function lockstepProblems({ lockstep }: Keys, { stack, tagPrefix = "", infrastructure, apps }: Sources): Problem[] {
    if (!lockstep || !("tag" in apps.ref) || !("tag" in infrastructure.ref)) {
        return [];
    }
    const needed = versionOf(apps.ref.tag, tagPrefix) ?? "";
    if (compareVersions(needed, versionOf(infrastructure.ref.tag, tagPrefix) ?? "") <= 0) {
        return [];
    }
    const expected = `is ahead of the infrastructure, which stands on ${infrastructure.ref.tag}, and fluxcd:lockstep is on`;
    const fix = `pulumi config set --stack ${stack} --path 'fluxcd:infrastructure.tag' ${apps.ref.tag}`;
    return [{ key: "fluxcd:apps.tag", value: apps.ref.tag, expected, fix }];
}
