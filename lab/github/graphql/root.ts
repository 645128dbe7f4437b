import { GraphQLError } from "graphql";
import type { Lab } from "../lab.ts";
import { GitRepository } from "../git/repository.ts";
import { GitHubError, type Members } from "../reply.ts";
import { ownerNodeId, repositoryNodeId } from "../represent.ts";
import { authorize } from "../rest/permissions.ts";
import { refuseFreePlan } from "../rest/rulesets.ts";
import type { Owner, Protection, Repository, Token } from "../store.ts";
import { sees } from "../tokens.ts";
import { defaults, protectionNodeId, representProtection, takeOver } from "./protection.ts";

/** The queries and mutations that are served, and objects whose missing members are answered with an error. */
export function root(lab: Lab, token: Token): Members {
    return {
        viewer: () => owner(lab, lab.store.owner(token.login)),
        rateLimit: () => ({ ...lab.limits.now("graphql"), cost: 1 }),
        repository: ({ owner: login, name }: { owner: string; name: string }) => {
            const found = lab.store.repository(login, name);
            if (found === undefined || !sees(token, found)) {
                throw notFound(`Could not resolve to a Repository with the name '${login}/${name}'.`);
            }
            return repository(lab, token, found);
        },
        node: ({ id }: { id: string }) => node(lab, token, id),
        createBranchProtectionRule: ({ input }: { input: Members & { repositoryId: string } }) => {
            const found = lab.store.repositories.find((one) => repositoryNodeId(one) === input.repositoryId);
            if (found === undefined || !sees(token, found)) {
                throw unknownNode(input.repositoryId);
            }
            refuse(() => {
                authorize(token, "repos/update", found);
            });
            refuse(() => {
                refuseFreePlan(lab, found);
            });
            refuseSamePattern(found, input.pattern);
            const rule: Protection = { id: lab.store.nextId(), pattern: "", fields: { ...defaults } };
            takeOver(rule, input);
            found.protections.push(rule);
            return changed(lab, token, { found, rule, input });
        },
        updateBranchProtectionRule: ({ input }: { input: Members & { branchProtectionRuleId: string } }) => {
            const { rule, in: found } = administered(lab, token, input.branchProtectionRuleId);
            refuseSamePattern(found, input.pattern, rule);
            takeOver(rule, input);
            return changed(lab, token, { found, rule, input });
        },
        deleteBranchProtectionRule: ({ input }: { input: Members & { branchProtectionRuleId: string } }) => {
            const { rule, in: found } = administered(lab, token, input.branchProtectionRuleId);
            found.protections = found.protections.filter((one) => one !== rule);
            lab.store.save();
            return { clientMutationId: input.clientMutationId ?? null };
        },
    };
}

function node(lab: Lab, token: Token, id: string): Members {
    const someone = lab.store.owners.find((one) => ownerNodeId(one) === id);
    if (someone !== undefined) {
        return owner(lab, someone);
    }
    const found = lab.store.repositories.find((one) => repositoryNodeId(one) === id);
    if (found !== undefined && sees(token, found)) {
        return repository(lab, token, found);
    }
    const { rule, in: where } = protection(lab, token, id);
    return representProtection(rule, where, () => repository(lab, token, where));
}

function administered(lab: Lab, token: Token, id: string): { rule: Protection; in: Repository } {
    const found = protection(lab, token, id);
    refuse(() => {
        authorize(token, "repos/update", found.in);
    });
    return found;
}

function protection(lab: Lab, token: Token, id: string): { rule: Protection; in: Repository } {
    for (const one of lab.store.repositories) {
        const rule = one.protections.find((candidate) => protectionNodeId(one, candidate) === id);
        if (rule !== undefined && sees(token, one)) {
            return { rule, in: one };
        }
    }
    throw unknownNode(id);
}

interface Change {
    readonly found: Repository;
    readonly rule: Protection;
    readonly input: Members;
}

function changed(lab: Lab, token: Token, { found, rule, input }: Change): Members {
    lab.store.save();
    const branchProtectionRule = representProtection(rule, found, () => repository(lab, token, found));
    return { branchProtectionRule, clientMutationId: input.clientMutationId ?? null };
}

function owner(lab: Lab, someone: Owner | undefined): Members {
    if (someone === undefined) {
        throw new Error(`${lab.login} is not among the owners`);
    }
    return {
        __typename: someone.type,
        id: ownerNodeId(someone),
        databaseId: someone.id,
        login: someone.login,
        name: null,
    };
}

function repository(lab: Lab, token: Token, found: Repository): Members {
    const rules = found.protections.map((rule) =>
        representProtection(rule, found, () => repository(lab, token, found)),
    );
    const fullName = `${found.owner}/${found.name}`;
    return {
        __typename: "Repository",
        id: repositoryNodeId(found),
        databaseId: found.id,
        name: found.name,
        nameWithOwner: fullName,
        url: `${lab.web}/${fullName}`,
        sshUrl: `ssh://git@${lab.sshHost}/${fullName}.git`,
        object: ({ expression, oid }: { expression?: string; oid?: string }) => {
            refuse(() => {
                authorize(token, "repos/get-commit", found);
            });
            return gitObject(new GitRepository(lab.store.gitDirectory(found)), expression ?? oid ?? "");
        },
        isPrivate: found.visibility === "private",
        visibility: found.visibility.toUpperCase(),
        isArchived: found.settings.archived === true,
        owner: () => owner(lab, lab.store.owner(found.owner)),
        branchProtectionRules: () => ({
            totalCount: rules.length,
            nodes: rules,
            pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
        }),
    };
}

const typeNames: Readonly<Record<string, string>> = { commit: "Commit", tag: "Tag", tree: "Tree", blob: "Blob" };

async function gitObject(git: GitRepository, revision: string): Promise<Members | null> {
    const oid = await git.resolve(`${revision}^{object}`);
    const type = oid === undefined ? undefined : await git.typeOf(oid);
    return type === undefined ? null : { __typename: typeNames[type], oid };
}

function refuseSamePattern(found: Repository, pattern: unknown, except?: Protection): void {
    if (found.protections.some((rule) => rule !== except && rule.pattern === pattern)) {
        throw typed("UNPROCESSABLE", `Name already protected: ${String(pattern)}`);
    }
}

/** What the REST API refuses with a status, GraphQL refuses with an error in an answer that is otherwise in order. */
function refuse(check: () => void): void {
    try {
        check();
    } catch (error) {
        throw error instanceof GitHubError ? typed("FORBIDDEN", error.message) : error;
    }
}

function unknownNode(id: string): GraphQLError {
    return notFound(`Could not resolve to a node with the global id of '${id}'`);
}

function notFound(message: string): GraphQLError {
    return typed("NOT_FOUND", message);
}

function typed(type: string, message: string): GraphQLError {
    return new GraphQLError(message, { extensions: { type } });
}
