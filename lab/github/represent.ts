import { nodeId } from "./ids.ts";
import type { Lab } from "./lab.ts";
import type { Members } from "./reply.ts";
import type { Owner, Repository, Token } from "./store.ts";

const plans: Record<string, { space: number; private_repos: number; collaborators: number }> = {
    free: { space: 976562499, private_repos: 10000, collaborators: 0 },
    pro: { space: 976562499, private_repos: 9999, collaborators: 0 },
    team: { space: 976562499, private_repos: 9999, collaborators: 0 },
    enterprise: { space: 976562499, private_repos: 999999, collaborators: 0 },
};

export function ownerNodeId(owner: Owner): string {
    return nodeId({ User: "U", Organization: "O", Bot: "BOT" }[owner.type], owner.id);
}

export function repositoryNodeId(repository: Repository): string {
    return nodeId("R", repository.id);
}

export function planOf(owner: Owner): Members {
    return { name: owner.plan, ...(plans[owner.plan] ?? plans.free) };
}

/** GitHub's "simple user": how an owner or author appears inside everything else. */
export function simpleUser(lab: Lab, owner: Owner): Members {
    const url = `${lab.api}/users/${encodeURIComponent(owner.login)}`;
    return {
        login: owner.login,
        id: owner.id,
        node_id: ownerNodeId(owner),
        avatar_url: `${lab.web}/avatars/u/${owner.id}`,
        gravatar_id: "",
        url,
        html_url: `${lab.web}/${owner.type === "Bot" ? `apps/${owner.login.replace("[bot]", "")}` : owner.login}`,
        followers_url: `${url}/followers`,
        following_url: `${url}/following{/other_user}`,
        gists_url: `${url}/gists{/gist_id}`,
        starred_url: `${url}/starred{/owner}{/repo}`,
        subscriptions_url: `${url}/subscriptions`,
        organizations_url: `${url}/orgs`,
        repos_url: `${url}/repos`,
        events_url: `${url}/events{/privacy}`,
        received_events_url: `${url}/received_events`,
        type: owner.type,
        user_view_type: "public",
        site_admin: false,
    };
}

/** The links of a repository, as templates after the repository's own address. */
const links = {
    archive_url: "/{archive_format}{/ref}",
    assignees_url: "/assignees{/user}",
    blobs_url: "/git/blobs{/sha}",
    branches_url: "/branches{/branch}",
    collaborators_url: "/collaborators{/collaborator}",
    comments_url: "/comments{/number}",
    commits_url: "/commits{/sha}",
    compare_url: "/compare/{base}...{head}",
    contents_url: "/contents/{+path}",
    contributors_url: "/contributors",
    deployments_url: "/deployments",
    downloads_url: "/downloads",
    events_url: "/events",
    forks_url: "/forks",
    git_commits_url: "/git/commits{/sha}",
    git_refs_url: "/git/refs{/sha}",
    git_tags_url: "/git/tags{/sha}",
    hooks_url: "/hooks",
    issue_comment_url: "/issues/comments{/number}",
    issue_events_url: "/issues/events{/number}",
    issues_url: "/issues{/number}",
    keys_url: "/keys{/key_id}",
    labels_url: "/labels{/name}",
    languages_url: "/languages",
    merges_url: "/merges",
    milestones_url: "/milestones{/number}",
    notifications_url: "/notifications{?since,all,participating}",
    pulls_url: "/pulls{/number}",
    releases_url: "/releases{/id}",
    stargazers_url: "/stargazers",
    statuses_url: "/statuses/{sha}",
    subscribers_url: "/subscribers",
    subscription_url: "/subscription",
    tags_url: "/tags",
    teams_url: "/teams",
    trees_url: "/git/trees{/sha}",
};

const counts = { forks: 0, forks_count: 0, open_issues: 0, open_issues_count: 0, stargazers_count: 0 };
const watchers = { watchers: 0, watchers_count: 0, size: 0 };

/** What a repository looks like in lists and inside other objects. */
export function repositorySummary(lab: Lab, repository: Repository, token: Token | undefined): Members {
    const owner = lab.store.owner(repository.owner);
    if (owner === undefined) {
        throw new Error(`repository ${repository.owner}/${repository.name} has no owner`);
    }
    const fullName = `${repository.owner}/${repository.name}`;
    const url = `${lab.api}/repos/${fullName}`;
    return {
        id: repository.id,
        node_id: repositoryNodeId(repository),
        name: repository.name,
        full_name: fullName,
        private: repository.visibility === "private",
        visibility: repository.visibility,
        owner: simpleUser(lab, owner),
        html_url: `${lab.web}/${fullName}`,
        description: repository.settings.description,
        fork: false,
        url,
        ...Object.fromEntries(Object.entries(links).map(([name, path]) => [name, `${url}${path}`])),
        git_url: `${lab.web.replace(/^http/, "git")}/${fullName}.git`,
        ssh_url: `ssh://git@${lab.sshHost}/${fullName}.git`,
        clone_url: `${lab.web}/${fullName}.git`,
        svn_url: `${lab.web}/${fullName}`,
        mirror_url: null,
        homepage: repository.settings.homepage,
        language: null,
        ...counts,
        ...watchers,
        license: null,
        topics: repository.topics,
        has_issues: repository.settings.has_issues,
        has_projects: repository.settings.has_projects,
        has_wiki: repository.settings.has_wiki,
        has_downloads: repository.settings.has_downloads,
        has_discussions: repository.settings.has_discussions,
        has_pages: false,
        archived: repository.settings.archived,
        disabled: false,
        is_template: repository.settings.is_template,
        allow_forking: repository.settings.allow_forking,
        web_commit_signoff_required: repository.settings.web_commit_signoff_required,
        default_branch: repository.defaultBranch,
        ...(token === undefined ? {} : { permissions: permissionsOf(token) }),
        pushed_at: repository.pushedAt,
        created_at: repository.createdAt,
        updated_at: repository.updatedAt,
    };
}

/** What the token's user may do; of an App's installation GitHub says that it has no role at all. */
function permissionsOf({ kind, role }: Token): Record<string, boolean> {
    const [admin, push] = [role === "admin", kind !== "app"];
    return { admin, maintain: admin, push, triage: push, pull: push };
}

const off = { status: "disabled" };

/** What the owner of a repository sees of it. */
export function fullRepository(lab: Lab, repository: Repository, token: Token | undefined): Members {
    const owner = lab.store.owner(repository.owner);
    return {
        ...repositorySummary(lab, repository, token),
        ...repository.settings,
        ...(owner?.type === "Organization" ? { organization: simpleUser(lab, owner) } : {}),
        network_count: 0,
        subscribers_count: 0,
        temp_clone_token: "",
        security_and_analysis: {
            secret_scanning: off,
            secret_scanning_push_protection: off,
            dependabot_security_updates: off,
        },
    };
}
