import { matchesGlob } from "node:path";
import type { Repository, Ruleset } from "../store.ts";

export interface Change {
    ref: string;
    /** The commit or tag object before and after; null where the ref does not exist. */
    before: string | null;
    after: string | null;
    fastForward: boolean;
}

/** Why a change of a ref is refused, in GitHub's words. */
export interface Refusal {
    code: "GH006" | "GH013";
    summary: string;
    reasons: string[];
}

/** The rules of a repository, as far as its refs are concerned; plain data, so that a hook can be handed it. */
export interface RefRules {
    /** Whether the change is that of somebody who may write and does not administer. */
    contributor: boolean;
    defaultBranch: string;
    web: string;
    ownedByOrganization: boolean;
    protections: Repository["protections"];
    rulesets: Ruleset[];
}

export const enforcedRuleTypes = new Set([
    "creation",
    "update",
    "deletion",
    "non_fast_forward",
    "pull_request",
    "required_status_checks",
]);

/** Why GitHub would not let somebody with write access make this change by a push or through its API. */
export function refusal(rules: RefRules, change: Change): Refusal | undefined {
    return protectionRefusal(rules, change) ?? rulesetRefusal(rules, change);
}

/** What GitHub prints on a push that it refuses. */
export function pushMessage(rules: RefRules, change: Change, refused: Refusal): string {
    const review = `Review all repository rules at ${rules.web}/rules?ref=${encodeURIComponent(change.ref)}`;
    const head = refused.code === "GH013" ? [review] : [];
    const lines = [`error: ${refused.summary}`, ...head, "", ...refused.reasons.map((reason) => `- ${reason}`), ""];
    return lines.join("\n");
}

function protectionRefusal(rules: RefRules, change: Change): Refusal | undefined {
    if (!change.ref.startsWith("refs/heads/") || change.before === null) {
        return undefined;
    }
    const branch = change.ref.slice("refs/heads/".length);
    // GitHub applies the rule that names the branch exactly before one that only matches it.
    const rule =
        rules.protections.find(({ pattern }) => pattern === branch) ??
        rules.protections.find(({ pattern }) => matchesGlob(branch, pattern));
    if (rule === undefined) {
        return undefined;
    }
    const { fields } = rule;
    const reasons = [
        change.after === null && fields.allowsDeletions !== true ? "Cannot delete this branch" : undefined,
        change.after !== null && !change.fastForward && fields.allowsForcePushes !== true
            ? "Cannot force-push to this branch"
            : undefined,
        ...(change.after !== null && (fields.isAdminEnforced === true || rules.contributor) ? everyone(fields) : []),
    ].filter((reason) => reason !== undefined);
    const summary = `GH006: Protected branch update failed for ${change.ref}.`;
    return reasons.length === 0 ? undefined : { code: "GH006", summary, reasons };
}

/** What holds for administrators only if the rule says that it does. */
function everyone(fields: Record<string, unknown>): string[] {
    const checks = fields.requiresStatusChecks === true ? (fields.requiredStatusCheckContexts as string[]) : [];
    return [
        ...(fields.requiresApprovingReviews === true ? ["Changes must be made through a pull request."] : []),
        ...checks.map((check) => `Required status check "${check}" is expected.`),
        ...(fields.lockBranch === true ? ["Cannot update this branch, it is locked."] : []),
    ];
}

function rulesetRefusal(rules: RefRules, change: Change): Refusal | undefined {
    const reasons = rules.rulesets
        .filter((ruleset) => ruleset.enforcement === "active" && covers(rules, ruleset, change.ref))
        .filter((ruleset) => !bypassed(rules, ruleset))
        .flatMap((ruleset) => ruleset.rules.flatMap((rule) => violations(rule, change)));
    const summary = `GH013: Repository rule violations found for ${change.ref}.`;
    return reasons.length === 0 ? undefined : { code: "GH013", summary, reasons: [...new Set(reasons)] };
}

function violations(rule: Ruleset["rules"][number], change: Change): string[] {
    const what = change.ref.startsWith("refs/heads/") ? "branch" : "protected ref.";
    const created = change.before === null;
    const deleted = change.after === null;
    if (rule.type === "creation" && created) {
        return ["Cannot create ref due to creations being restricted."];
    }
    if (rule.type === "update" && !created && !deleted) {
        return ["Cannot update this protected ref."];
    }
    if (rule.type === "deletion" && deleted) {
        return [`Cannot delete this ${what}`];
    }
    if (rule.type === "non_fast_forward" && !created && !deleted && !change.fastForward) {
        return [`Cannot force-push to this ${what}`];
    }
    if (rule.type === "pull_request" && !created && !deleted) {
        return ["Changes must be made through a pull request."];
    }
    if (rule.type === "required_status_checks" && !deleted) {
        const checks = (rule.parameters?.required_status_checks ?? []) as { context: string }[];
        return checks.map((check) => `Required status check "${check.context}" is expected.`);
    }
    return [];
}

function covers(rules: RefRules, ruleset: Ruleset, ref: string): boolean {
    const space = ruleset.target === "tag" ? "refs/tags/" : "refs/heads/";
    const matches = (pattern: string): boolean =>
        pattern === "~ALL" ||
        (pattern === "~DEFAULT_BRANCH" ? ref === `refs/heads/${rules.defaultBranch}` : matchesGlob(ref, pattern));
    return ref.startsWith(space) && ruleset.include.some(matches) && !ruleset.exclude.some(matches);
}

/** GitHub's number for the built-in role "admin". */
const adminRole = 5;

export function bypassed(rules: Pick<RefRules, "contributor" | "ownedByOrganization">, ruleset: Ruleset): boolean {
    return ruleset.bypassActors.some(
        (actor) =>
            !rules.contributor &&
            actor.bypass_mode !== "pull_request" &&
            ((actor.actor_type === "RepositoryRole" && actor.actor_id === adminRole) ||
                (actor.actor_type === "OrganizationAdmin" && rules.ownedByOrganization)),
    );
}
