import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { fetched, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { deleteDeployKey, deployKeys, standIn } from "./support/github";
import { tail, waitFor } from "./support/run";
import { madeSecrets } from "./support/secrets";
import { mustPulumi, outputs, pulumi } from "./support/stack";

const token = `ghp_${randomBytes(18).toString("hex")}`;
const other = { env: { GITHUB_TOKEN: token } };
const inDays = (days: number) => `${new Date(Date.now() + days * 24 * 3600_000).toISOString().slice(0, 19)}Z`;
const classic = { token, kind: "classic", scopes: ["repo", "workflow"] };

describe("the token in GITHUB_TOKEN", () => {
    before(async () => {
        madeSecrets.push(["another token", token]);
        await mustPulumi("up -y", "dev", await devFile());
    });
    after(() => standIn.revokeToken(token));

    it("has its last day in the outputs", async () => {
        const { github, flux } = (await outputs("dev")).credentials;
        assert.match(github.expires ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.deepEqual(flux, { identity: "deployKey" });
    });

    it("is warned of from the day that was set", async () => {
        const expiresAt = inDays(3);
        const says = `The token in GITHUB_TOKEN expires at ${expiresAt}`;
        await standIn.addToken({ ...classic, expiresAt });
        const { code, output } = await pulumi("preview", "dev", await devFile(), other);
        assert.equal(code, 0, tail(output));
        assert.ok(output.includes(says), tail(output));
        const late = await devFile({ "fluxcd:tokenExpiryWarningDays": 2 });
        const { output: silent } = await pulumi("preview", "dev", late, other);
        assert.ok(!silent.includes("expires at"), tail(silent));
    });

    it("is said to be over once it is, and revoked in the same words", async () => {
        await standIn.addToken({ ...classic, expiresAt: inDays(-1) });
        for (const end of [() => Promise.resolve(), () => standIn.revokeToken(token)]) {
            await end();
            const { code, output } = await pulumi("preview", "dev", await devFile(), other);
            assert.notEqual(code, 0);
            for (const words of ["GITHUB_TOKEN", "expired, revoked or wrong", "Nothing was touched"]) {
                assert.ok(output.includes(words), tail(output));
            }
        }
    });
});

describe("a deploy key that is deleted on GitHub", () => {
    const keys = async () => (await deployKeys("fluxcd-apps")).filter(({ title }) => title === "flux-dev");

    it("shows within one interval, and in the next preview with what fixes it", async () => {
        await deleteDeployKey("fluxcd-apps", "flux-dev");
        // The interval is a minute.
        await waitFor("Flux says that it cannot read", 60 + 20, async () => {
            assert.equal((await fetched("dev", "apps"))?.status, "False");
        });
        const { output } = await mustPulumi("preview", "dev", await devFile());
        for (const words of [
            "Flux cannot read apps: its deploy key is gone from GitHub",
            "pulumi up --stack dev --refresh",
        ]) {
            assert.ok(output.includes(words), tail(output));
        }
    });

    it("is registered again by that", async () => {
        await mustPulumi("up -y --refresh", "dev", await devFile());
        assert.equal((await keys()).length, 1);
        await waitFor("Flux reads again", 60, async () => {
            await reconcile("dev", "gitrepository", "apps");
            assert.equal((await fetched("dev", "apps"))?.status, "True");
        });
    });
});
