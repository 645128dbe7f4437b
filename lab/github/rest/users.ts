import type { Lab } from "../lab.ts";
import { type Members, notFound } from "../reply.ts";
import { ownerNodeId, planOf, simpleUser } from "../represent.ts";
import type { Owner } from "../store.ts";
import { type Handlers, parameter, viewerOf } from "./call.ts";

export const users: Handlers = {
    "users/get-authenticated": (call) => ({ status: 200, body: privateUser(call.lab, viewerOf(call)) }),

    "users/get-by-username": (call) => {
        const owner = call.lab.store.owner(parameter(call, "username"));
        if (owner === undefined) {
            throw notFound();
        }
        return { status: 200, body: publicUser(call.lab, owner) };
    },

    "orgs/get": (call) => {
        const owner = call.lab.store.owner(parameter(call, "org"));
        if (owner?.type !== "Organization") {
            throw notFound();
        }
        return { status: 200, body: organization(call.lab, owner, call.viewer !== undefined) };
    },
};

function publicUser(lab: Lab, owner: Owner): Members {
    return {
        ...simpleUser(lab, owner),
        name: null,
        company: null,
        blog: "",
        location: null,
        email: null,
        hireable: null,
        bio: null,
        public_repos: countRepositories(lab, owner, "public"),
        public_gists: 0,
        followers: 0,
        following: 0,
        created_at: owner.createdAt,
        updated_at: owner.createdAt,
    };
}

function privateUser(lab: Lab, owner: Owner): Members {
    return {
        ...publicUser(lab, owner),
        user_view_type: "private",
        private_gists: 0,
        total_private_repos: countRepositories(lab, owner, "private"),
        owned_private_repos: countRepositories(lab, owner, "private"),
        disk_usage: 0,
        collaborators: 0,
        two_factor_authentication: true,
        plan: planOf(owner),
    };
}

function organization(lab: Lab, owner: Owner, member: boolean): Members {
    const url = `${lab.api}/orgs/${owner.login}`;
    const seenByMembers = {
        total_private_repos: countRepositories(lab, owner, "private"),
        owned_private_repos: countRepositories(lab, owner, "private"),
        deploy_keys_enabled_for_repositories: owner.deployKeysEnabled,
        plan: { ...planOf(owner), filled_seats: 1, seats: 1 },
    };
    return {
        login: owner.login,
        id: owner.id,
        node_id: ownerNodeId(owner),
        url,
        repos_url: `${url}/repos`,
        events_url: `${url}/events`,
        hooks_url: `${url}/hooks`,
        issues_url: `${url}/issues`,
        members_url: `${url}/members{/member}`,
        public_members_url: `${url}/public_members{/member}`,
        avatar_url: `${lab.web}/avatars/u/${owner.id}`,
        html_url: `${lab.web}/${owner.login}`,
        description: null,
        has_organization_projects: true,
        has_repository_projects: true,
        public_repos: countRepositories(lab, owner, "public"),
        public_gists: 0,
        followers: 0,
        following: 0,
        type: "Organization",
        created_at: owner.createdAt,
        updated_at: owner.createdAt,
        archived_at: null,
        ...(member ? seenByMembers : {}),
    };
}

function countRepositories(lab: Lab, owner: Owner, visibility: string): number {
    return lab.store.repositories.filter((one) => one.owner === owner.login && one.visibility === visibility).length;
}
