import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";

import { assertApplied, credentialOf, fetched, reconcile } from "./support/cluster";
import { repositories, whileFetching } from "./support/fetching";
import { devFile } from "./support/dev";
import { deployKeys, standIn } from "./support/github";
import { Clone, sourceOf } from "./support/git";
import { release, runningRelease } from "./support/promotion";
import { report } from "./support/report";
import { tail, waitFor } from "./support/run";
import { madeSecrets } from "./support/secrets";
import { mustPulumi, outputs, pulumi, setSecret } from "./support/stack";

const names = ["misua/fluxcd-infrastructure", "misua/fluxcd-apps"];
const token = `github_pat_${randomBytes(18).toString("hex")}`;
const inDays = (days: number) => `${new Date(Date.now() + days * 24 * 3600_000).toISOString().slice(0, 19)}Z`;
const expiresAt = inDays(5);
const reader = {
    token,
    kind: "fine-grained",
    login: "flux-reader",
    permissions: { contents: "read" },
    repositories: names,
    expiresAt,
};
const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
});
const app = {
    slug: "flux-app",
    publicKeys: [publicKey],
    permissions: { contents: "read" },
    installations: [{ account: "misua", repositories: names }],
};

/** dev as committed, but with another identity, and an interval that is soon over. */
async function devWith(set: Record<string, unknown>): Promise<string> {
    const often = { interval: "10s" };
    const change = { "fluxcd:sources.infrastructure": often, "fluxcd:sources.apps": often };
    const [, file = ""] = await devFile(set, change);
    return file;
}

/** Flux fetches by itself; how long that takes after it may is the interval. */
async function notReady(pattern: RegExp): Promise<void> {
    await waitFor("Flux says that it cannot read", 10 + 20, async () => {
        const ready = await fetched("dev", "apps");
        assert.equal(ready?.status, "False");
        assert.match(ready.message, pattern);
    });
}

async function ready(): Promise<void> {
    for (const repository of repositories) {
        await waitFor(`Flux reads ${repository} again`, 60, async () => {
            await reconcile("dev", "gitrepository", sourceOf(repository));
            assert.equal((await fetched("dev", sourceOf(repository)))?.status, "True");
        });
    }
}

describe("what dev reads with", () => {
    let clone: Clone;
    let ownKeys: string[] = [];
    const keysOf = async () => {
        const keys = (await Promise.all(repositories.map((repository) => deployKeys(repository)))).flat();
        return keys.filter(({ title }) => title === "flux-dev").map(({ key }) => key);
    };

    /** Changes the identity while Flux fetches, and lets the workload get a commit through the new one. */
    async function change(args: readonly string[], as: string, via: "git-http" | "git-ssh"): Promise<void> {
        const { result } = await whileFetching("dev", () => mustPulumi("up -y", "dev", args));
        report(`change of dev to read as ${as}`, result.seconds);
        const commit = await release(clone, `read-as-${as.replace(/\W/g, "-")}`);
        await standIn.forget();
        await reconcile("dev", "gitrepository", "infrastructure");
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("the commit is applied", 120, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        // The other environments fetch by themselves.
        const others = ["flux-staging", "flux-production"];
        const fetches = (await standIn.requests()).filter(
            (one) => one.via.startsWith("git-") && !others.includes(one.as ?? ""),
        );
        for (const repository of repositories) {
            const own = fetches.filter(({ path }) => path.includes(repository));
            assert.deepEqual([...new Set(own.map((one) => `${one.via} ${one.as ?? ""}`))], [`${via} ${as}`]);
        }
    }

    before(async () => {
        madeSecrets.push(["the token of Flux", token]);
        const lines = privateKey.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
        madeSecrets.push(...lines.map((line): [string, string] => ["the App's private key", line]));
        await mustPulumi("up -y", "dev", await devFile());
        clone = await Clone.of("fluxcd-apps");
        ownKeys = await keysOf();
        assert.equal(ownKeys.length, 2);
    });

    describe("is a token", () => {
        let file = "";

        before(async () => {
            await standIn.addToken(reader);
            file = await devWith({ "fluxcd:identity": { kind: "token" } });
            await setSecret("dev", file, "fluxcd:gitToken", token);
        });

        it("that the workload gets a commit with, and no fetch fails meanwhile", async () => {
            await change(["--config-file", file], "flux-reader", "git-http");
            assert.equal(await runningRelease("dev"), "read-as-flux-reader");
        });

        it("in place of keys, which are gone from GitHub and the cluster", async () => {
            assert.deepEqual(await keysOf(), []);
            assert.deepEqual(await credentialOf("dev", "apps"), { username: "x-access-token", password: token });
        });

        it("whose last day is in the outputs, and warned of", async () => {
            assert.deepEqual((await outputs("dev")).credentials.flux, { identity: "token", expires: expiresAt });
            const args = ["--config-file", file, "--expect-no-changes"];
            const { output } = await mustPulumi("preview", "dev", args);
            assert.ok(output.includes(`fluxcd:gitToken expires at ${expiresAt}`), tail(output));
        });

        it("whose end shows within one interval, and stops the next run with what fixes it", async () => {
            await standIn.revokeToken(token);
            await notReady(/authentication required|authorization failed/);
            const { code, output } = await pulumi("preview", "dev", ["--config-file", file]);
            assert.notEqual(code, 0);
            for (const words of [
                "fluxcd:gitToken",
                "expired, revoked",
                "--secret fluxcd:gitToken",
                "Nothing was touched",
            ]) {
                assert.ok(output.includes(words), `${words}:\n${tail(output)}`);
            }
            await standIn.addToken(reader);
            await ready();
        });

        it("that must be able to read", async () => {
            await standIn.addToken({ ...reader, permissions: {} });
            const { code, output } = await pulumi("preview", "dev", ["--config-file", file]);
            await standIn.addToken(reader);
            await ready();
            assert.notEqual(code, 0);
            assert.ok(output.includes("it may not read the contents of misua/fluxcd-"), tail(output));
        });
    });

    describe("is a GitHub App", () => {
        let file = "";

        before(async () => {
            const { id } = await standIn.putApp(app);
            const identity = { kind: "githubApp", appId: id, installationOwner: "misua" };
            file = await devWith({ "fluxcd:identity": identity });
            await setSecret("dev", file, "fluxcd:githubAppPrivateKey", privateKey);
        });

        it("that the workload gets a commit with, and no fetch fails meanwhile", async () => {
            await change(["--config-file", file], "flux-app[bot]", "git-http");
            assert.equal(await runningRelease("dev"), "read-as-flux-app-bot-");
            assert.equal((await credentialOf("dev", "apps")).githubAppPrivateKey?.trim(), privateKey.trim());
        });

        it("whose suspension shows within one interval, and in the next preview with what fixes it", async () => {
            await standIn.putApp({ ...app, installations: [{ ...app.installations[0], suspended: true }] });
            await notReady(/authentication required|authorization failed|suspended/);
            const { output } = await mustPulumi("preview", "dev", ["--config-file", file]);
            assert.ok(output.includes("Flux cannot read apps: GitHub refuses the App"), tail(output));
            await standIn.putApp(app);
        });
    });

    describe("is a key again", () => {
        it("that the workload gets a commit with", async () => {
            await mustPulumi("up -y", "dev", await devFile());
            const keys = await keysOf();
            assert.equal(keys.length, 2);
            assert.ok(keys.every((key) => !ownKeys.includes(key)));
            await change(await devFile(), "flux-dev", "git-ssh");
            assert.equal(await runningRelease("dev"), "read-as-flux-dev");
        });
    });
});
