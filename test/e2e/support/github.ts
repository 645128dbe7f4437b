import assert from "node:assert/strict";

import { variable } from "./lab";
import { waitFor } from "./run";

/** One request as the stand-in remembers it. */
export interface RequestRecord {
    readonly method: string;
    readonly path: string;
    readonly kind: "read" | "write";
    readonly operation: string;
    readonly status: number;
    readonly via: "rest" | "graphql" | "git-http" | "git-ssh" | "release";
    /** The login of a token, or the title of a deploy key. */
    readonly as: string | null;
}

/** What a webhook of somebody else than GitHub got. */
export interface Letter {
    /** The end of its address. */
    readonly to: string;
    readonly body: unknown;
}

/** The stand-in's own door. */
export const standIn = {
    requests: () => ask<RequestRecord[]>("GET", "/_lab/requests"),
    forget: () => ask("DELETE", "/_lab/requests"),
    errors: () => ask<unknown[]>("GET", "/_lab/errors"),
    fault: (fault: object) => ask("POST", "/_lab/faults", fault),
    /** A fault that strikes nothing would let its test pass for another reason. */
    async assertStruck(): Promise<void> {
        for (const fault of await ask<{ struck: number }[]>("GET", "/_lab/faults")) {
            assert.ok(fault.struck > 0, `the fault has struck nothing: ${JSON.stringify(fault)}`);
        }
    },
    /** Waits until the faults have struck. */
    struck: () => waitFor("the fault strikes", 120, () => standIn.assertStruck()),
    heal: () => ask("DELETE", "/_lab/faults"),
    addToken: (token: object) => ask("POST", "/_lab/tokens", token),
    revokeToken: (token: string) => ask("DELETE", "/_lab/tokens", { token }),
    putApp: (app: object) => ask<{ id: number; installations: { id: number }[] }>("POST", "/_lab/apps", app),
    /** Where webhooks to each host are delivered. */
    hosts: () => ask<Record<string, string>>("GET", "/_lab/hosts"),
    inbox: () => ask<Letter[]>("GET", "/_lab/inbox"),
    emptyInbox: () => ask("DELETE", "/_lab/inbox"),
    addOwner: (owner: object) => ask("POST", "/_lab/owners", owner),
};

/** What was asked since `standIn.forget()`, without what Flux fetches by itself over SSH. */
export async function traffic(): Promise<{ reads: number; writes: RequestRecord[]; unserved: RequestRecord[] }> {
    const requests = (await standIn.requests()).filter(({ via }) => via !== "git-ssh");
    return {
        reads: requests.filter(({ kind }) => kind === "read").length,
        writes: requests.filter(({ kind }) => kind === "write"),
        unserved: requests.filter(({ status }) => status === 501),
    };
}

export async function assertNoWrites(): Promise<void> {
    const { writes } = await traffic();
    assert.deepEqual(
        writes.map(({ method, path, operation }) => `${method} ${path} ${operation}`),
        [],
        "GitHub was written to",
    );
}

/** GitHub's REST API, as anyone with the token reads it. */
export function api<T>(path: string): Promise<T> {
    return ask<T>("GET", `/api/v3${path}`);
}

/** Holds administrators to the protection of main too, or lets them through, as one of them may. */
export async function enforceAdmins(repository: string, isAdminEnforced: boolean): Promise<void> {
    const rules = `branchProtectionRules(first: 10) { nodes { id isAdminEnforced } }`;
    const found = await graphql<{
        repository: { branchProtectionRules: { nodes: { id: string; isAdminEnforced: boolean }[] } };
    }>(`{ repository(owner: "misua", name: "${repository}") { ${rules} } }`);
    const [rule, ...others] = found.repository.branchProtectionRules.nodes;
    assert.ok(rule);
    assert.deepEqual(others, []);
    if (rule.isAdminEnforced !== isAdminEnforced) {
        const input = `{ branchProtectionRuleId: "${rule.id}", isAdminEnforced: ${isAdminEnforced} }`;
        await graphql(`mutation { updateBranchProtectionRule(input: ${input}) { branchProtectionRule { id } } }`);
    }
}

/** Makes a repository without content, as somebody does on GitHub's page. */
export function createRepository(name: string, visibility: "private" | "public"): Promise<unknown> {
    return ask("POST", "/api/v3/user/repos", { name, private: visibility === "private" });
}

/** Deletes a deploy key, as somebody may on GitHub's page of the repository; the oldest, where so many have the title. */
export async function deleteDeployKey(repository: string, title: string, count = 1): Promise<void> {
    const keys = `/repos/misua/${repository}/keys`;
    const found = (await api<{ id: number; title: string }[]>(keys)).filter((key) => key.title === title);
    assert.equal(found.length, count);
    await ask("DELETE", `/api/v3${keys}/${Math.min(...found.map(({ id }) => id))}`);
}

/** Switches the rules for release tags of a repository, as only its administrators may. */
export async function setReleaseTagRules(repository: string, enforcement: "active" | "disabled"): Promise<void> {
    const rulesets = `/repos/misua/${repository}/rulesets`;
    const [ruleset, ...others] = await api<{ id: number }[]>(rulesets);
    assert.ok(ruleset);
    assert.deepEqual(others, []);
    await ask("PUT", `/api/v3${rulesets}/${ruleset.id}`, { enforcement });
}

export async function graphql<T>(query: string): Promise<T> {
    const { data, errors } = await ask<{ data: T; errors?: unknown[] }>("POST", "/api/graphql", { query });
    assert.deepEqual(errors ?? [], []);
    return data;
}

export interface DeployKey {
    readonly title: string;
    readonly key: string;
    readonly read_only: boolean;
}

export function deployKeys(repository: string, owner = "misua"): Promise<DeployKey[]> {
    return api(`/repos/${owner}/${repository}/keys`);
}

async function ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${variable("LAB_GITHUB_URL")}${path}`, {
        method,
        headers: { authorization: `Bearer ${variable("GITHUB_TOKEN")}`, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
}
