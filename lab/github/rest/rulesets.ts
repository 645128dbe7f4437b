import { bypassed, enforcedRuleTypes } from "../git/rules.ts";
import { nodeId } from "../ids.ts";
import type { Lab } from "../lab.ts";
import { GitHubError, type Members, NotServedError, notFound } from "../reply.ts";
import type { Repository, Ruleset, RulesetRule } from "../store.ts";
import { isAdministrator } from "../tokens.ts";
import { type Call, type Handlers, inRepository, page, parameter, repositoryOf } from "./call.ts";

export const rulesets: Handlers = {
    "repos/get-repo-rulesets": (call) => {
        const repository = planned(call);
        return {
            status: 200,
            body: page(call, repository.rulesets).map((ruleset) => summary(call, repository, ruleset)),
        };
    },

    "repos/create-repo-ruleset": (call) => {
        const repository = planned(call);
        const now = new Date().toISOString();
        const ruleset: Ruleset = {
            id: call.lab.store.nextId(),
            name: "",
            target: "branch",
            enforcement: "disabled",
            bypassActors: [],
            include: [],
            exclude: [],
            rules: [],
            createdAt: now,
            updatedAt: now,
        };
        change(call, repository, ruleset);
        repository.rulesets.push(ruleset);
        call.lab.store.save();
        return { status: 201, body: represent(call, repository, ruleset) };
    },

    "repos/get-repo-ruleset": (call) => {
        const repository = planned(call);
        return { status: 200, body: represent(call, repository, rulesetOf(call, repository)) };
    },

    "repos/update-repo-ruleset": (call) => {
        const repository = planned(call);
        const ruleset = rulesetOf(call, repository);
        change(call, repository, ruleset);
        ruleset.updatedAt = new Date().toISOString();
        call.lab.store.save();
        return { status: 200, body: represent(call, repository, ruleset) };
    },

    "repos/delete-repo-ruleset": (call) => {
        const repository = planned(call);
        const ruleset = rulesetOf(call, repository);
        repository.rulesets = repository.rulesets.filter((one) => one !== ruleset);
        call.lab.store.save();
        return { status: 204 };
    },
};

/** GitHub has no rules, neither rulesets nor branch protection, for private repositories of a free plan. */
export function refuseFreePlan(lab: Lab, repository: Repository): void {
    if (repository.visibility === "private" && lab.store.owner(repository.owner)?.plan === "free") {
        throw new GitHubError(403, "Upgrade to GitHub Pro or make this repository public to enable this feature.");
    }
}

function planned(call: Call): Repository {
    const repository = repositoryOf(call);
    refuseFreePlan(call.lab, repository);
    return repository;
}

function rulesetOf(call: Call, repository: Repository): Ruleset {
    const ruleset = repository.rulesets.find((one) => String(one.id) === parameter(call, "ruleset_id"));
    if (ruleset === undefined) {
        throw notFound();
    }
    return ruleset;
}

/** Takes over what the body says and leaves the rest of the ruleset as it is. */
function change(call: Call, repository: Repository, ruleset: Ruleset): void {
    const { name, target, enforcement, bypass_actors: actors, conditions, rules } = call.body;
    if (target === "push") {
        throw new NotServedError("a ruleset for pushes");
    }
    if (typeof name === "string" && repository.rulesets.some((one) => one !== ruleset && one.name === name)) {
        throw new GitHubError(422, "Validation Failed", { errors: ["Name must be unique"] });
    }
    for (const rule of (rules ?? []) as RulesetRule[]) {
        if (!enforcedRuleTypes.has(rule.type)) {
            throw new NotServedError(`the rule ${rule.type}, which the stand-in would not enforce,`);
        }
    }
    const refName = (conditions as { ref_name?: { include?: string[]; exclude?: string[] } } | undefined)?.ref_name;
    Object.assign(ruleset, {
        name: name ?? ruleset.name,
        target: target ?? ruleset.target,
        enforcement: enforcement ?? ruleset.enforcement,
        bypassActors: actors ?? ruleset.bypassActors,
        include: refName?.include ?? ruleset.include,
        exclude: refName?.exclude ?? ruleset.exclude,
        rules: rules ?? ruleset.rules,
    });
}

function summary(call: Call, repository: Repository, ruleset: Ruleset): Members {
    return {
        id: ruleset.id,
        name: ruleset.name,
        target: ruleset.target,
        source_type: "Repository",
        source: `${repository.owner}/${repository.name}`,
        enforcement: ruleset.enforcement,
        node_id: nodeId("RRS", repository.id, ruleset.id),
        _links: {
            self: { href: inRepository(call, `/rulesets/${ruleset.id}`, repository) },
            html: { href: `${call.lab.web}/${repository.owner}/${repository.name}/rules/${ruleset.id}` },
        },
        created_at: ruleset.createdAt,
        updated_at: ruleset.updatedAt,
    };
}

function represent(call: Call, repository: Repository, ruleset: Ruleset): Members {
    const contributor = call.token === undefined || !isAdministrator(call.token);
    const ownedByOrganization = call.lab.store.owner(repository.owner)?.type === "Organization";
    return {
        ...summary(call, repository, ruleset),
        bypass_actors: ruleset.bypassActors,
        current_user_can_bypass: bypassed({ contributor, ownedByOrganization }, ruleset) ? "always" : "never",
        conditions: { ref_name: { include: ruleset.include, exclude: ruleset.exclude } },
        rules: ruleset.rules,
    };
}
