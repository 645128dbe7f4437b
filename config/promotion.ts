import { removeConfig, setConfig } from "../domain/commands";
import { seconds } from "../domain/duration";
import type { Problem } from "../domain/problem";
import { compareVersions, versionOf } from "../domain/version";
import { appliedFrom, type Kustomizations, neededBy } from "./kustomizations";
import type { Keys } from "./schema";
import { promotedSources, type PromotedSource, type Sources } from "./sources";

type Promotion = Keys["promotion"];

interface Where {
    readonly stack: string;
    readonly tagPrefix: string | undefined;
    readonly sources: Sources;
    readonly kustomizations: Kustomizations;
}

/** Returns the contradictions between the settings of promotion. */
export function promotionProblems(promotion: Promotion, where: Where): Problem[] {
    return [
        ...upstreamProblems(promotion, where.stack),
        ...branchProblems(promotion, where),
        ...(promotion.lockstep ? lockstepProblems(where) : []),
    ];
}

function upstreamProblems({ from, soak }: Promotion, stack: string): Problem[] {
    if (from === stack) {
        const key = "fluxcd:promotion.from";
        const expected = "expected another stack, which runs the releases before this one";
        return [{ key, value: from, expected, fix: setConfig(stack, key, "<stack>") }];
    }
    if (from === undefined && seconds(soak) > 0) {
        const key = "fluxcd:promotion.soak";
        const expected = "a soak needs an upstream stack, and fluxcd:promotion.from is not set";
        return [{ key, value: soak, expected, fix: removeConfig(stack, key) }];
    }
    return [];
}

/** A branch moves without an update of the stack, so no rule can stop it. A stack with rules must not follow one. */
function branchProblems(promotion: Promotion, { stack, sources }: Where): Problem[] {
    const rules = [
        ...(promotion.from === undefined ? [] : ["from"]),
        ...(promotion.lockstep ? ["lockstep"] : []),
        ...(promotion.changeWindows.length > 0 ? ["changeWindows"] : []),
        ...(promotion.freezes.length > 0 ? ["freezes"] : []),
    ].map((name) => `fluxcd:promotion.${name}`);
    return Object.values(sources).flatMap(({ name, ref }) => {
        const moves = "branch" in ref ? "branch" : "semver" in ref ? "semver" : undefined;
        if (moves === undefined || rules.length === 0) {
            return [];
        }
        const key = `fluxcd:sources.${name}.${moves}`;
        const value: unknown = ref[moves as keyof typeof ref];
        const expected = `expected a tag, because this stack has ${rules.join(", ")}: a ${moves === "branch" ? "branch" : "range"} bypasses every rule`;
        const fix = `set a tag, or remove the rules: ${rules.map((rule) => removeConfig(stack, rule)).join(" && ")}`;
        return [{ key, value, expected, fix }];
    });
}

/** With lockstep, no source has a higher version than a source that its Kustomizations depend on. */
function lockstepProblems({ stack, tagPrefix = "", ...model }: Where): Problem[] {
    const promoted = promotedSources(model);
    const versionAt = ({ ref }: PromotedSource) => ("tag" in ref ? versionOf(ref.tag, tagPrefix) : undefined);
    return promoted.flatMap((source) => {
        const needed = appliedFrom(model.kustomizations, source.name)
            .flatMap(({ name }) => neededBy(name, model.kustomizations))
            .map((name) => model.kustomizations[name]?.source);
        return promoted.flatMap((other): Problem[] => {
            const [own, below] = [versionAt(source), versionAt(other)];
            const isAhead = own !== undefined && below !== undefined && compareVersions(own, below) > 0;
            if (other === source || !needed.includes(other.name) || !isAhead || !("tag" in source.ref)) {
                return [];
            }
            const { tag } = source.ref;
            const at = "tag" in other.ref ? other.ref.tag : "";
            const expected = `is ahead of ${other.name}, which is pinned to ${at}, and fluxcd:promotion.lockstep is on`;
            const fix = setConfig(stack, `fluxcd:sources.${other.name}.tag`, tag);
            return [{ key: `fluxcd:sources.${source.name}.tag`, value: tag, expected, fix }];
        });
    });
}
