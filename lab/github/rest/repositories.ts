import { GitRepository } from "../git/repository.ts";
import { GitHubError, invalid, type Members, NotServedError, notFound, type Reply } from "../reply.ts";
import { fullRepository, repositorySummary } from "../represent.ts";
import type { Owner, Repository } from "../store.ts";
import { sees } from "../tokens.ts";
import { type Call, gitOf, type Handlers, page, parameter, repositoryOf, viewerOf } from "./call.ts";

/** What a repository's creator or administrator may set, and GitHub's defaults. */
const settings: Members = {
    description: null,
    homepage: null,
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_downloads: true,
    has_discussions: false,
    is_template: false,
    archived: false,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    allow_update_branch: false,
    allow_forking: true,
    delete_branch_on_merge: false,
    web_commit_signoff_required: false,
    use_squash_pr_title_as_default: false,
    squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
    squash_merge_commit_message: "COMMIT_MESSAGES",
    merge_commit_title: "MERGE_MESSAGE",
    merge_commit_message: "PR_TITLE",
};

export const repositories: Handlers = {
    "repos/list-for-authenticated-user": (call) => {
        viewerOf(call);
        const seen = call.lab.store.repositories.filter((one) => sees(call.token, one));
        return { status: 200, body: page(call, seen).map((one) => repositorySummary(call.lab, one, call.token)) };
    },

    "repos/create-for-authenticated-user": (call) => create(call, viewerOf(call)),

    "repos/create-in-org": (call) => {
        viewerOf(call);
        const owner = call.lab.store.owner(parameter(call, "org"));
        if (owner?.type !== "Organization") {
            throw notFound();
        }
        return create(call, owner);
    },

    "repos/get": (call) => full(call, repositoryOf(call), 200),

    "repos/update": async (call) => {
        const repository = repositoryOf(call);
        const visibility = wantedVisibility(call.body);
        if (visibility !== undefined && call.body.visibility === repository.visibility) {
            throw new GitHubError(422, `Visibility is already ${visibility}.`);
        }
        rename(call, repository);
        await changeDefaultBranch(call, repository);
        repository.settings = { ...repository.settings, ...wantedSettings(call.body) };
        refuseNoMergeMethod(repository.settings);
        repository.visibility = visibility ?? repository.visibility;
        stamp(call, repository);
        return full(call, repository, 200);
    },

    "repos/delete": (call) => {
        call.lab.store.remove(repositoryOf(call));
        return { status: 204 };
    },

    "repos/get-all-topics": (call) => ({ status: 200, body: { names: repositoryOf(call).topics } }),

    "repos/replace-all-topics": (call) => {
        const repository = repositoryOf(call);
        repository.topics = (call.body.names as string[]).map((name) => name.toLowerCase());
        stamp(call, repository);
        return { status: 200, body: { names: repository.topics } };
    },

    "repos/check-vulnerability-alerts": (call) => {
        viewerOf(call);
        if (!repositoryOf(call).vulnerabilityAlerts) {
            throw new GitHubError(404, "Vulnerability alerts are disabled.");
        }
        return { status: 204 };
    },
    "repos/enable-vulnerability-alerts": (call) => setVulnerabilityAlerts(call, true),
    "repos/disable-vulnerability-alerts": (call) => setVulnerabilityAlerts(call, false),
};

async function create(call: Call, owner: Owner): Promise<Reply> {
    const name = (call.body.name as string).replaceAll(/[^\w.-]/g, "-");
    for (const unserved of ["gitignore_template", "license_template", "team_id"]) {
        if (call.body[unserved]) {
            throw new NotServedError(`a repository with ${unserved}`);
        }
    }
    if (call.lab.store.repository(owner.login, name) !== undefined) {
        const error = invalid("Repository", "name", "name already exists on this account");
        throw new GitHubError(422, "Repository creation failed.", { errors: error.errors ?? [] });
    }
    const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const repository: Repository = {
        id: call.lab.store.nextId(),
        owner: owner.login,
        name,
        visibility: wantedVisibility(call.body) ?? "public",
        settings: { ...settings, ...wantedSettings(call.body) },
        topics: [],
        vulnerabilityAlerts: false,
        defaultBranch: "main",
        keys: [],
        webhooks: [],
        rulesets: [],
        protections: [],
        pulls: [],
        issues: [],
        comments: [],
        statuses: [],
        createdAt: now,
        updatedAt: now,
        pushedAt: now,
    };
    refuseNoMergeMethod(repository.settings);
    const git = await GitRepository.create(call.lab.store.gitDirectory(repository), repository.defaultBranch);
    if (call.body.auto_init === true) {
        await firstCommit(call, git, repository);
    }
    call.lab.store.add(repository);
    return full(call, repository, 201);
}

async function firstCommit(call: Call, git: GitRepository, repository: Repository): Promise<void> {
    const viewer = viewerOf(call);
    const readme = [`# ${repository.name}`, repository.settings.description].filter(Boolean).join("\n");
    const blob = await git.writeBlob(Buffer.from(readme));
    const tree = await git.run(["mktree"], { input: `100644 blob ${blob}\tREADME.md\n` });
    const author = {
        name: viewer.login,
        email: `${viewer.id}+${viewer.login}@users.noreply.github.com`,
        date: repository.createdAt,
    };
    const commit = await git.createCommit({ tree, parents: [], message: "Initial commit", author, committer: author });
    await git.run(["update-ref", `refs/heads/${repository.defaultBranch}`, commit]);
}

function full(call: Call, repository: Repository, status: number): Reply {
    return { status, body: fullRepository(call.lab, repository, call.token) };
}

function wantedSettings(body: Members): Members {
    const wanted = Object.entries(body).filter(([name, value]) => name in settings && value !== undefined);
    if (typeof body.homepage === "string" && body.homepage !== "" && !URL.canParse(body.homepage)) {
        throw new NotServedError("a homepage that is no address");
    }
    // GitHub's own description wants a homepage that is null or an address.
    return Object.fromEntries(
        wanted.map(([name, value]) => [name, name === "homepage" && value === "" ? null : value]),
    );
}

function wantedVisibility(body: Members): "public" | "private" | undefined {
    if (body.visibility === "internal") {
        throw new NotServedError("an internal repository");
    }
    if (body.visibility === "public" || body.visibility === "private") {
        return body.visibility;
    }
    return typeof body.private === "boolean" ? (body.private ? "private" : "public") : undefined;
}

function refuseNoMergeMethod(wanted: Members): void {
    if (!["allow_squash_merge", "allow_merge_commit", "allow_rebase_merge"].some((method) => wanted[method] === true)) {
        throw invalid(
            "Repository",
            "merge_commit",
            "Sorry, you need to allow at least one merge strategy. (no_merge_method)",
        );
    }
}

function rename(call: Call, repository: Repository): void {
    const { name } = call.body;
    if (typeof name !== "string" || name === repository.name) {
        return;
    }
    const taken = call.lab.store.repository(repository.owner, name);
    if (taken !== undefined && taken !== repository) {
        throw invalid("Repository", "name", "name already exists on this account");
    }
    repository.name = name;
}

async function changeDefaultBranch(call: Call, repository: Repository): Promise<void> {
    const { default_branch: branch } = call.body;
    if (typeof branch !== "string" || branch === repository.defaultBranch) {
        return;
    }
    const git = gitOf(call, repository);
    if ((await git.resolve(`refs/heads/${branch}`)) === undefined) {
        throw invalid(
            "Repository",
            "default_branch",
            `The branch ${branch} was not found. Please push that ref first or create it via the Git Data API.`,
        );
    }
    await git.run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
    repository.defaultBranch = branch;
}

function setVulnerabilityAlerts(call: Call, enabled: boolean): Reply {
    repositoryOf(call).vulnerabilityAlerts = enabled;
    call.lab.store.save();
    return { status: 204 };
}

function stamp(call: Call, repository: Repository): void {
    repository.updatedAt = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    call.lab.store.save();
}
