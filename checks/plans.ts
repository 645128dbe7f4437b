import { branchesOf, isProtected, protectedPatterns, rulesetsOf } from "../clients/repositoryFacts";
import type { GitHub, Owner } from "../clients/github";
import type { InState } from "../clients/engine";
import type { BranchProtection, Config } from "../config";
import { type OwnRepository, ownRepositories } from "../config/sources";
import { checkThatReports } from "./requiredCheck";
import type { FoundSource } from "./sources";
import { protectsTags } from "./tagRules";

/** The rules for a branch, with a value for each setting. */
export interface BranchRules extends BranchProtection {
    readonly requiredReviews: number;
    /** Empty for none. */
    readonly requiredCheck: string;
}

/** What a run does with a repository. Nothing of it is done twice, and nothing that somebody else made is changed. */
export interface RepositoryPlan {
    /** `keep` registers nothing for the repository itself. `import` takes over what an interrupted update has created. */
    readonly repository: "create" | "import" | "keep";
    /** Whether the first content is pushed, or has been pushed by this stack. */
    readonly hasContent: boolean;
    /** The branch with the rules. */
    readonly branch: string;
    /** The rules for the branch; undefined for none of this stack. */
    readonly branchRules: BranchRules | undefined;
    /** The prefixes of the tags that this stack makes immutable; empty for none. */
    readonly immutableTagPrefixes: readonly string[];
}

interface Planned {
    readonly plan: RepositoryPlan;
    /** What stays as it is, in words. */
    readonly kept: readonly string[];
    readonly warnings: readonly string[];
}

interface Facts {
    readonly config: Config;
    readonly github: GitHub;
    readonly owner: Pick<Owner, "type">;
    readonly state: InState;
}

type Own = OwnRepository & Config["repositories"];

const main = "main";
const types = {
    component: "fluxcd:github:Repository",
    repository: "github:index/repository:Repository",
    content: "pulumi-nodejs:dynamic/github:FirstContent",
    branchRules: "github:index/branchProtection:BranchProtection",
    tagRules: "github:index/repositoryRuleset:RepositoryRuleset",
};

/** The plan for each repository that one stack owns, by its source, and what stays as it is. */
export async function plansOf(facts: Facts, found: Readonly<Record<string, FoundSource>>) {
    const own = Object.entries(ownRepositories(facts.config));
    const planned = await Promise.all(
        own.map(async ([name, it]) => [name, await planOf(facts, it, found[name])] as const),
    );
    return {
        plans: Object.fromEntries(planned.map(([name, { plan }]) => [name, plan])),
        kept: planned.flatMap(([, { kept }]) => kept),
        planWarnings: planned.flatMap(([, { warnings }]) => warnings),
    };
}

async function planOf(facts: Facts, own: Own, found: FoundSource | undefined): Promise<Planned> {
    const { branchProtection: rules, immutableTagPrefixes } = own;
    if (own.mode === "lookup") {
        const none = { branchRules: undefined, immutableTagPrefixes: [] };
        return { plan: { repository: "keep", hasContent: false, branch: main, ...none }, kept: [], warnings: [] };
    }
    const isMade = facts.state(types.repository, `${own.repository}-repository`) !== undefined;
    // A killed update may have created the repository without recording it. It then has this description and no
    // content.
    const isLeft = found?.isEmpty === true && found.repository?.description === own.description;
    if (found?.repository && !isMade && !isLeft) {
        return planToKeep(facts, own, found);
    }
    const branchRules = rules && rulesOf(rules, facts.owner, rules.requiredCheck ?? checkOfTheContent);
    const repository = isLeft ? "import" : "create";
    const plan = { repository, hasContent: true, branch: main, branchRules, immutableTagPrefixes } as const;
    return { plan, kept: [], warnings: [] };
}

/** The job of the first content's workflow. */
const checkOfTheContent = "validate";

/** A repository of somebody else keeps its settings, its content and its rules. It gets the rules that it lacks. */
async function planToKeep(facts: Facts, own: Own, found: FoundSource): Promise<Planned> {
    const { github, state } = facts;
    const at = github.of(own.repository);
    const branches = found.isEmpty ? [] : await branchesOf(github.octokit, at);
    const branch = found.isEmpty || branches.includes(main) ? main : followed(found);
    const [branchRules, tagRules] = await Promise.all([
        branchRulesToKeep(facts, own, { found, branch }),
        tagRulesToKeep(facts, own),
    ]);
    const isNew = state(types.component, own.repository) === undefined;
    const isOurContent = state(types.content, `${own.repository}-content`) !== undefined;
    const plan: RepositoryPlan = {
        repository: "keep",
        hasContent: found.isEmpty || isOurContent,
        branch,
        branchRules: branchRules.added,
        immutableTagPrefixes: tagRules.added,
    };
    const fullName = `${at.owner}/${at.repo}`;
    const what = found.isEmpty ? "its settings" : "its settings, its content";
    const stays = [what, ...branchRules.kept, ...tagRules.kept].join(", ");
    return {
        plan,
        kept: isNew ? [`${fullName} exists and keeps ${stays}.`] : [],
        warnings: tagRules.isNameTaken ? nameWarnings(fullName) : [],
    };
}

function followed({ ref, repository }: FoundSource): string {
    return "branch" in ref ? ref.branch : (repository?.defaultBranch ?? main);
}

interface Rules<T> {
    readonly added: T;
    /** The rules of somebody else that stay. */
    readonly kept: readonly string[];
}

async function branchRulesToKeep(
    facts: Facts,
    { repository, branchProtection: rules }: Own,
    { found, branch }: { readonly found: FoundSource; readonly branch: string },
): Promise<Rules<BranchRules | undefined>> {
    const { github, state, owner } = facts;
    if (!rules) {
        return { added: undefined, kept: [] };
    }
    const at = github.of(repository);
    const ours = state(types.branchRules, `${repository}-${branch}`);
    if (ours === undefined) {
        // GitHub refuses a second rule with the same pattern, also while the branch does not exist.
        const hasRules = found.isEmpty
            ? (await protectedPatterns(github.octokit, found.repository?.nodeId ?? "")).includes(branch)
            : await isProtected(github.octokit, at, branch);
        if (hasRules) {
            return { added: undefined, kept: [`the rules for ${branch}`] };
        }
    }
    const wasRequired = requiredIn(ours);
    const check = async () => {
        if (rules.requiredCheck !== undefined || wasRequired || found.isEmpty) {
            return rules.requiredCheck ?? checkOfTheContent;
        }
        const isFork = found.repository?.isFork === true;
        return (await checkThatReports(github, at, { branch, name: checkOfTheContent, isFork }))
            ? checkOfTheContent
            : "";
    };
    return { added: rulesOf(rules, owner, await check()), kept: [] };
}

/** A check that this stack has required stays required: a missing run must not take the protection away. */
function requiredIn(outputs: ReturnType<InState>): boolean {
    const { requiredStatusChecks = [] } = (outputs ?? {}) as {
        requiredStatusChecks?: readonly { readonly contexts?: readonly string[] }[];
    };
    return requiredStatusChecks.some(({ contexts = [] }) => contexts.includes(checkOfTheContent));
}

interface TagRules extends Rules<readonly string[]> {
    readonly isNameTaken: boolean;
}

async function tagRulesToKeep({ github, state }: Facts, own: Own): Promise<TagRules> {
    const { repository, immutableTagPrefixes: prefixes } = own;
    if (prefixes.length === 0 || state(types.tagRules, `${repository}-release-tags`) !== undefined) {
        return { added: prefixes, kept: [], isNameTaken: false };
    }
    const rulesets = await rulesetsOf(github.octokit, github.of(repository));
    if (prefixes.every((prefix) => rulesets.some((ruleset) => protectsTags(ruleset, prefix)))) {
        return { added: [], kept: ["the rules for release tags"], isNameTaken: false };
    }
    // GitHub refuses a second ruleset with the same name.
    const isNameTaken = rulesets.some(({ name }) => name === "release-tags");
    return isNameTaken
        ? { added: [], kept: ["its ruleset release-tags"], isNameTaken }
        : { added: prefixes, kept: [], isNameTaken };
}

function nameWarnings(repository: string): string[] {
    return [
        `The ruleset release-tags of ${repository} does not protect every release tag from being moved and deleted. Add the tags of fluxcd:tagPrefixes to it on GitHub, or give it another name, and run this again.`,
    ];
}

/** A user's own repository has nobody who could approve the user's pull requests: GitHub lets no author approve. */
function rulesOf(rules: BranchProtection, { type }: Pick<Owner, "type">, requiredCheck: string): BranchRules {
    const requiredReviews = rules.requiredReviews ?? (type === "organization" ? 1 : 0);
    return { ...rules, requiredReviews, requiredCheck };
}
