// What GitHub remembers, as the stand-in's state holds it.

export interface Owner {
    id: number;
    login: string;
    /** An App acts as its bot. */
    type: "User" | "Organization" | "Bot";
    plan: string;
    deployKeysEnabled: boolean;
    createdAt: string;
}

export interface DeployKey {
    id: number;
    title: string;
    /** Algorithm and key, without the comment, as GitHub stores it. */
    key: string;
    readOnly: boolean;
    createdAt: string;
}

export interface Webhook {
    id: number;
    active: boolean;
    events: string[];
    /** By the names of GitHub's REST API. */
    config: { url: string; content_type: string; insecure_ssl: string; secret?: string };
    createdAt: string;
    updatedAt: string;
    lastResponse: { code: number | null; status: string; message: string | null };
    /** Newest first. */
    deliveries: Delivery[];
}

/** One request to a webhook's address, and what became of it. */
export interface Delivery {
    id: number;
    guid: string;
    event: string;
    deliveredAt: string;
    seconds: number;
    code: number;
    status: string;
}

export interface RulesetRule {
    type: string;
    parameters?: Record<string, unknown>;
}

export interface Ruleset {
    id: number;
    name: string;
    target: "branch" | "tag";
    enforcement: "active" | "disabled" | "evaluate";
    bypassActors: { actor_id?: number | null; actor_type: string; bypass_mode?: string }[];
    include: string[];
    exclude: string[];
    rules: RulesetRule[];
    createdAt: string;
    updatedAt: string;
}

/** A branch protection rule: its fields are those of GitHub's GraphQL input, by the same names. */
export interface Protection {
    id: number;
    pattern: string;
    fields: Record<string, unknown>;
}

/** A pull request; its head is a branch of the same repository, as the stand-in has no forks. */
export interface Pull {
    id: number;
    number: number;
    title: string;
    body: string | null;
    draft: boolean;
    user: string;
    head: string;
    headSha: string;
    base: string;
    baseSha: string;
    state: "open" | "closed";
    mergeCommitSha: string | null;
    mergedBy: string | null;
    createdAt: string;
    updatedAt: string;
    closedAt: string | null;
    mergedAt: string | null;
}

/** An issue. Its numbers are those of pull requests too. */
export interface Issue {
    id: number;
    number: number;
    title: string;
    body: string | null;
    labels: { id: number; name: string }[];
    user: string;
    state: "open" | "closed";
    createdAt: string;
    updatedAt: string;
    closedAt: string | null;
}

/** A comment on an issue or a pull request. */
export interface Comment {
    id: number;
    issue: number;
    body: string;
    user: string;
    createdAt: string;
    updatedAt: string;
}

/** What somebody says of a commit. */
export interface Status {
    id: number;
    sha: string;
    state: "error" | "failure" | "pending" | "success";
    context: string;
    description: string | null;
    targetUrl: string | null;
    /** The login of who said it. */
    creator: string;
    createdAt: string;
}

export interface Repository {
    id: number;
    owner: string;
    name: string;
    visibility: "public" | "private";
    /** What a caller may set and reads back unchanged, by the names of GitHub's REST API. */
    settings: Record<string, unknown>;
    topics: string[];
    vulnerabilityAlerts: boolean;
    defaultBranch: string;
    keys: DeployKey[];
    webhooks: Webhook[];
    rulesets: Ruleset[];
    protections: Protection[];
    pulls: Pull[];
    issues: Issue[];
    comments: Comment[];
    statuses: Status[];
    createdAt: string;
    updatedAt: string;
    pushedAt: string;
}

/** What somebody authenticates with; an App's is that of one installation. */
export interface Token {
    token: string;
    kind: "classic" | "fine-grained" | "app";
    /** Whose it is: a user, or an App's bot. */
    login: string;
    /** What its user is in every repository; an App is never an administrator. */
    role: "admin" | "write";
    /** Of a classic token. */
    scopes: string[];
    /** Of any other, beside reading metadata. */
    permissions: Record<string, "read" | "write">;
    /** OWNER/NAME; undefined for all of them. */
    repositories?: string[];
    /** When it ends by itself; undefined for the day that every other token has. */
    expiresAt?: string;
    /** The installation of the App that it was made for. */
    installation?: number;
}

/** A GitHub App. The private halves of its keys are its owner's alone. */
export interface App {
    id: number;
    slug: string;
    /** In PEM. */
    publicKeys: string[];
    permissions: Token["permissions"];
    installations: Installation[];
    createdAt: string;
}

export interface Installation {
    id: number;
    /** The user or organization that has it. */
    account: string;
    /** OWNER/NAME; undefined for all of the account's. */
    repositories?: string[];
    suspendedAt: string | null;
}
