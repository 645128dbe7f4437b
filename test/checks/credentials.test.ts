import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";

import * as pulumi from "@pulumi/pulumi";

import { githubToken, readConfig } from "../../config";
import { check } from "../../checks";
import { explainFetchError } from "../../explain/fetchErrors";
import { GitHub } from "../../clients/github";
import { expiryOf } from "../../clients/octokit";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";

const apps = "GET /api/v3/repos/misua/fluxcd-apps";
const infrastructure = "GET /api/v3/repos/misua/fluxcd-infrastructure";
const manifest = "test/fixtures/install.yaml";
const day = 24 * 3600_000;

/** A time from now, as GitHub's header and as the outputs have it. */
function inDays(days: number): { header: Record<string, string>; text: string } {
    const text = `${new Date(Date.now() + days * day).toISOString().slice(0, 19)}Z`;
    const header = { "github-authentication-token-expiration": text.replace("T", " ").replace("Z", " UTC") };
    return { header, text };
}

describe("The check of credentials", () => {
    let world: World;
    let warned: string[] = [];
    const { log } = pulumi as { log: { warn: typeof pulumi.log.warn } };
    const { warn } = log;

    beforeEach(async () => {
        world = await startWorld();
        warned = [];
        log.warn = (message: string) => {
            warned.push(message);
            return Promise.resolve();
        };
    });

    afterEach(async () => {
        log.warn = warn;
        await world.close();
    });

    async function look(overrides: Record<string, unknown> = {}, secrets: Record<string, string> = {}) {
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", { "fluxcd:flux": { manifest }, ...overrides }, secrets);
        const config = readConfig();
        return check(config, new GitHub(config.github, githubToken()));
    }

    const withToken = () => look({ "fluxcd:identity": { kind: "token" } }, { "fluxcd:gitToken": "flux-reads" });
    /** What Flux's own token gets to see. */
    const fluxSees = (commits: unknown) => {
        const requests = [apps, infrastructure].map((it) => `${it}/commits/heads/main`);
        world.asOther.set("flux-reads", new Map(requests.map((request) => [request, commits])));
        return requests;
    };

    it("returns the expiry of GITHUB_TOKEN without an additional request, and does not warn 15 days before it", async () => {
        const far = inDays(15);
        const before = (await look(), world.asked.length);
        world.headers.set("GET /api/v3/meta", far.header);
        const { credentials } = await look();
        assert.deepEqual(credentials, { github: { expires: far.text }, flux: { identity: "deployKey" } });
        assert.equal(world.asked.length, before * 2);
        assert.deepEqual(warned, []);
    });

    it("warns if GITHUB_TOKEN expires within the configured number of days, and names the day and the fix", async () => {
        const soon = inDays(13);
        world.headers.set("GET /api/v3/meta", soon.header);
        await look();
        assert.equal(warned.length, 1);
        for (const words of [
            "GITHUB_TOKEN",
            soon.text,
            "cannot be previewed or updated",
            "Regenerate it at https://",
        ]) {
            assert.ok(warned[0]?.includes(words), warned[0]);
        }
        warned = [];
        await look({ "fluxcd:tokenExpiryWarningDays": 12 });
        assert.deepEqual(warned, []);
    });

    it("does not warn about a token that does not expire", async () => {
        assert.deepEqual((await look()).credentials, { github: {}, flux: { identity: "deployKey" } });
        assert.deepEqual(warned, []);
    });

    it("reads the infrastructure and apps repositories with Flux's own token, and warns before that token expires", async () => {
        const [request = ""] = fluxSees({ sha: "1".repeat(40) });
        const soon = inDays(1);
        world.headers.set(request, soon.header);
        const { credentials } = await withToken();
        assert.deepEqual(credentials.flux, { identity: "token", expires: soon.text });
        const [flux = ""] = warned.filter((it) => it.includes("fluxcd:gitToken"));
        for (const words of [soon.text, "Flux fetches nothing", "--stack dev --secret fluxcd:gitToken"]) {
            assert.ok(flux.includes(words), flux);
        }
    });

    for (const [status, says] of [
        [401, "GitHub refuses the token, which is expired, revoked or wrong"],
        [403, "it may not read the contents of misua/fluxcd-infrastructure"],
        [404, "it cannot see misua/fluxcd-infrastructure"],
    ] as const) {
        it(`refuses Flux's token if GitHub answers with ${status}, and does not show the token`, async () => {
            fluxSees(status);
            await assert.rejects(withToken(), (error: Error) => {
                refusal("fluxcd:gitToken", says)(error);
                assert.ok(!error.message.includes("flux-reads"));
                return true;
            });
        });
    }

    it("does not use Flux's token for repositories that do not exist yet", async () => {
        for (const request of [apps, infrastructure]) {
            world.answers.set(request, 404);
        }
        world.asOther.set("flux-reads", new Map());
        assert.equal((await withToken()).sources.apps, undefined);
    });

    it("accepts a token or a GitHub App if the organization has deploy keys disabled", async () => {
        world.answers.set("GET /api/v3/orgs/misua", { plan: {}, deploy_keys_enabled_for_repositories: false });
        await assert.rejects(look(), refusal("github:owner", "or set fluxcd:identity"));
        fluxSees({ sha: "1".repeat(40) });
        await assert.doesNotReject(withToken());
        const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
        const app = { "fluxcd:identity": { kind: "githubApp", appId: 1, installationId: 2 } };
        const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
        const { credentials } = await look(app, { "fluxcd:githubAppPrivateKey": pem });
        assert.deepEqual(credentials.flux, { identity: "githubApp" });
    });

    describe("with a source in the cluster", () => {
        const group = "/apis/source.toolkit.fluxcd.io/v1";
        const source = (status: string, spec: object) => {
            const resources = [{ name: "gitrepositories", kind: "GitRepository", namespaced: true, verbs: ["list"] }];
            world.answers.set(`GET ${group}`, { resources });
            const message = "unable to list remote: ssh: handshake failed: ssh: unable to authenticate";
            const items = ["apps", "of-somebody-else"].map((name) => ({
                metadata: { name, namespace: "flux-system" },
                spec: { url: "ssh://git@github.com/misua/fluxcd-apps.git", ...spec },
                status: { conditions: [{ type: "Ready", status, reason: "GitOperationFailed", message }] },
            }));
            world.answers.set(`GET ${group}/namespaces/flux-system/gitrepositories`, { items });
        };

        it("warns if the source is not ready, explains its credential and repeats Flux's message", async () => {
            source("False", {});
            await look();
            assert.equal(warned.length, 1);
            for (const words of [
                "Flux cannot read apps: its deploy key is gone from GitHub",
                "pulumi up --stack dev --refresh",
                "Flux says GitOperationFailed: unable to list remote",
            ]) {
                assert.ok(warned[0]?.includes(words), warned[0]);
            }
        });

        it("does not warn if the source is ready or suspended", async () => {
            source("True", {});
            await look();
            source("False", { suspend: true });
            await look();
            assert.deepEqual(warned, []);
        });
    });
});

describe("expiryOf", () => {
    for (const [header, expected] of [
        ["2026-12-01 10:00:00 UTC", "2026-12-01T10:00:00.000Z"],
        ["2026-12-01 10:00:00 +0200", "2026-12-01T08:00:00.000Z"],
        ["2026-12-01 10:00:00 -0700", "2026-12-01T17:00:00.000Z"],
        ["soon", undefined],
        [undefined, undefined],
    ] as const) {
        it(`parses the expiry header ${header ?? "that is missing"}`, () => {
            assert.equal(expiryOf(header)?.toISOString(), expected);
        });
    }
});

describe("explainFetchError", () => {
    const https = "https://github.com/misua/fluxcd-apps.git";
    const key = { url: "ssh://git@github.com/misua/fluxcd-apps.git" };
    const token = { url: https, secretRef: { name: "apps-secret-1a2b3c4d" } };
    const app = { ...token, provider: "github" };
    const open = { url: https };

    for (const [name, spec, message, expected] of [
        ["a deploy key", key, "ssh: handshake failed: ssh: unable to authenticate", /its deploy key is gone/],
        [
            "a source without a credential",
            open,
            "authentication required: Repository not found.",
            /it does not exist or is not public/,
        ],
        ["a token", token, "authentication required: Invalid username or token.", /fluxcd:gitToken/],
        ["an App", app, "failed to configure authentication options: 401 Bad credentials", /GitHub refuses the App/],
        ["an App's token", app, "authentication required", /GitHub refuses the App/],
    ] as const) {
        it(`explains that GitHub refuses ${name}`, () => {
            assert.match(explainFetchError(spec, message, "dev")?.why ?? "", expected);
        });
    }

    for (const spec of [key, token, app, open]) {
        it(`returns no explanation for an error that is no refusal: ${JSON.stringify(spec)}`, () => {
            assert.equal(explainFetchError(spec, "couldn't find remote ref refs/tags/prod-v1.0.0", "dev"), undefined);
            assert.equal(explainFetchError(spec, "dial tcp: i/o timeout", "dev"), undefined);
        });
    }
});
