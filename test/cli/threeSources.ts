import { resolve } from "node:path";

import { lists, startFluxWorld } from "../support/fluxObjects";
import type { World } from "../support/world";
import { type Printed, type Project, projectWith } from "./project";

export const [old, running] = ["0".repeat(40), "1".repeat(40)];
export const names = ["infrastructure", "platform", "apps"] as const;
const api = (name: string) => `/api/v3/repos/misua/fluxcd-${name}`;
const uid = "uid-of-the-cluster";

/** Stacks dev and staging with three promoted sources in a row, and one that takes no releases. */
export interface ThreeSources {
    readonly world: World;
    readonly project: Project;
    /** What was written to GitHub, as `<repository> <tag or ref> <commit or object>`. */
    readonly written: readonly string[];
    /** Lets the clusters apply a revision of a source, and find it healthy or not. */
    readonly applies: (name: string, revision: string, reason?: string) => void;
}

/**
 * `version` is that of all releases of staging; its tags are there, and those of the versions before. `prefix` is the
 * organization and the project of the stacks.
 */
export async function threeSources(
    version = "1.0.0",
    more: Partial<Printed> & { readonly from?: string } = {},
    prefix = "",
): Promise<ThreeSources> {
    const world = await startFluxWorld();
    const written: string[] = [];
    const tag = `staging-v${version}`;
    const applies = (source: string, revision: string, reason = "ReconciliationSucceeded") => {
        for (const name of source === "infrastructure" ? [source, "infrastructure-configs"] : [source]) {
            world.answers.set(`${lists.kustomizations}/${name}`, applied(name, revision, reason));
        }
    };
    for (const name of names) {
        const { answers } = world;
        const repository = `fluxcd-${name}`;
        const page = `https://github.com/misua/${repository}`;
        answers.set(`GET ${api(name)}`, { ssh_url: "", clone_url: `${page}.git`, node_id: "", html_url: page });
        const tags = [...new Set(["1.0.0", version])].map((it) => ({ ref: `refs/tags/staging-v${it}` }));
        answers.set(`GET ${api(name)}/git/matching-refs/tags/staging-v`, tags);
        answers.set(`GET ${api(name)}/commits/tags/staging-v1.0.0`, { sha: name === "infrastructure" ? running : old });
        const commit = { sha: running, commit: { message: "Raise it\n\nfor all", author: { name: "Ada" } } };
        for (const [from, to, status] of [
            [old, running, "ahead"],
            [running, old, "behind"],
            [running, running, "identical"],
        ] as const) {
            const commits = status === "ahead" ? [commit] : [];
            const compared = { status, total_commits: commits.length, html_url: `${page}/compare`, commits };
            answers.set(`GET ${api(name)}/compare/${from}...${to}?per_page=1`, compared);
            answers.set(`GET ${api(name)}/compare/${from}...${to}?per_page=100`, compared);
        }
        answers.set(`POST ${api(name)}/git/tags`, (body: unknown) => {
            const { tag: made, object } = body as { tag: string; object: string };
            written.push(`${repository} ${made} ${object}`);
            return { sha: "9".repeat(40) };
        });
        answers.set(`POST ${api(name)}/git/refs`, (body: unknown) => {
            const { ref, sha } = body as { ref: string; sha: string };
            written.push(`${repository} ${ref} ${sha}`);
            return {};
        });
        applies(name, `main@sha1:${running}`);
    }
    const standings = Object.fromEntries(
        names.map((name) => [name, { tag, commit: name === "infrastructure" || version !== "1.0.0" ? running : old }]),
    );
    const project = projectWith({
        [`${prefix}dev`]: { config: settings("dev", { branch: "main" }), outputs: outputsOf("dev") },
        [`${prefix}staging`]: {
            config: settings("staging", { tag }, more.from),
            ...{ outputs: outputsOf("staging"), standings, ...more },
        },
    });
    return { world, project, written, applies };
}

function settings(stack: string, ref: object, from = "dev"): Record<string, unknown> {
    return {
        "github:owner": "misua",
        "fluxcd:context": stack,
        "fluxcd:flux": { manifest: resolve("test/fixtures/install.yaml") },
        ...(stack === "staging" && { "fluxcd:promotion": { from } }),
        "fluxcd:sources": {
            infrastructure: ref,
            apps: ref,
            platform: { repository: "fluxcd-platform", promoted: true, ...ref },
            flagger: { url: "https://github.com/fluxcd/flagger", tag: "v1.2.0" },
        },
        "fluxcd:kustomizations": {
            platform: { source: "platform", path: "./platform", dependsOn: ["infrastructure"] },
            canaries: { source: "flagger", path: "./kustomize" },
            apps: { dependsOn: ["platform"] },
        },
    };
}

function outputsOf(stack: string): object {
    const each = <T>(of: (name: string) => T) => Object.fromEntries(names.map((name) => [name, of(name)]));
    return {
        environment: stack,
        fluxVersion: "v2.9.5",
        cluster: { context: stack, uid },
        credentials: { github: {}, flux: { identity: "deployKey" } },
        sources: each((name) => ({ repository: `https://github.com/misua/fluxcd-${name}`, branch: "main" })),
        kustomizations: {
            ...each((name) => ({ source: name, path: `./${name}` })),
            "infrastructure-configs": { source: "infrastructure", path: "./infrastructure/configs" },
            canaries: { source: "flagger", path: "./kustomize" },
        },
        evidence: each(() => []),
    };
}

function applied(name: string, revision: string, reason: string): object {
    const at = "2026-01-01T10:00:00Z";
    const isReady = reason === "ReconciliationSucceeded";
    const snapshot = { firstReconciled: at, lastReconciled: at, metadata: { revision } };
    return {
        kind: "Kustomization",
        metadata: { name, namespace: "flux-system" },
        status: {
            lastAppliedRevision: revision,
            lastAttemptedRevision: revision,
            conditions: [{ type: "Ready", status: isReady ? "True" : "False", reason, message: "of the test" }],
            history: [{ ...snapshot, lastReconciledStatus: reason }],
        },
    };
}
