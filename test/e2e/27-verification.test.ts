import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { applied, assertApplied, type Condition, get } from "./support/cluster";
import { devFile } from "./support/dev";
import { assertNoWrites, standIn } from "./support/github";
import { Clone } from "./support/git";
import { assertSays, release, runningRelease } from "./support/promotion";
import { succeed, tail, waitFor } from "./support/run";
import { mustPulumi, pulumi, scratch } from "./support/stack";

const tagPrefixes = { dev: "dev-v", staging: "staging-v", production: "prod-v" };

/** Arguments for dev with the apps at this ref, as long as these keys have signed it. */
function verified(mode: string, keys: readonly string[], ref: { tag: string } | { branch: string }): Promise<string[]> {
    const source = { branch: undefined, ...ref, interval: "5s", verify: { mode, keys } };
    const change = {
        "fluxcd:sources.apps": { ...source, timeout: "10s" },
        "fluxcd:kustomizations.apps": { timeout: "20s" },
    };
    return devFile({ "fluxcd:tagPrefixes": tagPrefixes }, change);
}

async function condition(type: string): Promise<Condition | undefined> {
    const { status } = await get<{ status: { conditions: Condition[] } }>(
        ...(["dev", "-n", "flux-system", "gitrepository", "apps"] as const),
    );
    return status.conditions.find((it) => it.type === type);
}

describe("signatures", () => {
    let clone: Clone;
    let ours: string;
    let theirs: string;
    let signed: string;
    const file = (name: string) => join(scratch, name);
    const signing = (name: string) => ["-c", "gpg.format=ssh", "-c", `user.signingKey=${file(name)}`];

    async function keyPair(name: string): Promise<string> {
        await succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file(name)]);
        return readFileSync(`${file(name)}.pub`, "utf8").trim();
    }

    async function signedTag(key: string, tag: string): Promise<void> {
        await clone.git(...signing(key), "tag", "-s", tag, "-m", tag);
        await clone.git("push", "--quiet", "origin", tag);
    }

    /** An update that Flux refuses, in its words, and that leaves everything as it is. */
    async function assertUnverified(args: readonly string[], says: readonly string[]): Promise<void> {
        const { revision } = await applied("dev", "apps");
        const running = await runningRelease("dev");
        // A source is waited for five minutes.
        const result = await pulumi("up -y --skip-preview", "dev", args);
        assert.notEqual(result.code, 0, tail(result.output));
        assertSays(result, ["Flux says of GitRepository flux-system/apps", ...says]);
        assert.equal((await applied("dev", "apps")).revision, revision);
        assert.equal(await runningRelease("dev"), running);
    }

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        [ours, theirs] = [await keyPair("ours"), await keyPair("theirs")];
        clone = await Clone.of("fluxcd-apps");
    });
    after(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await assertApplied("dev", "apps", `main@sha1:${await clone.head()}`);
        assert.equal(await condition("SourceVerified"), undefined);
    });

    it("of a tag let it through, and Flux says whose it is", async () => {
        signed = await release(clone, "signed");
        await signedTag("ours", "dev-v1.0.0");
        await mustPulumi("up -y --skip-preview", "dev", await verified("Tag", [ours], { tag: "dev-v1.0.0" }));
        await assertApplied("dev", "apps", `dev-v1.0.0@sha1:${signed}`);
        assert.equal(await runningRelease("dev"), "signed");
        const { stdout } = await succeed("ssh-keygen", ["-l", "-f", `${file("ours")}.pub`]);
        const fingerprint = /SHA256:\S+/.exec(stdout)?.[0] ?? "";
        const verdict = await condition("SourceVerified");
        assert.equal(verdict?.status, "True");
        assert.ok(verdict.message.includes("'dev-v1.0.0@") && verdict.message.includes(fingerprint), verdict.message);
    });

    it("change nothing a second time", async () => {
        const args = await verified("Tag", [ours], { tag: "dev-v1.0.0" });
        await mustPulumi("up -y --skip-preview --expect-no-changes", "dev", args);
    });

    it("cannot be in a lightweight tag, which the preview refuses with the commands for another", async () => {
        await clone.git("tag", "dev-v1.0.1");
        await clone.git("push", "--quiet", "origin", "dev-v1.0.1");
        await standIn.forget();
        const result = await pulumi("preview", "dev", await verified("Tag", [ours], { tag: "dev-v1.0.1" }));
        assert.notEqual(result.code, 0, tail(result.output));
        const fix = "git -C fluxcd-apps tag -s dev-v1.0.2 -m dev-v1.0.2 'dev-v1.0.1^{commit}'";
        assertSays(result, ["unsigned-tag: misua/fluxcd-apps has it as a lightweight tag", fix, "Nothing was touched"]);
        await assertNoWrites();
    });

    it("are missed in an annotated tag that has none", async () => {
        await release(clone, "unsigned");
        await clone.tag("dev-v1.1.0");
        const args = await verified("Tag", [ours], { tag: "dev-v1.1.0" });
        await assertUnverified(args, ["InvalidGitObject", "since it is not signed"]);
    });

    it("by a key that is not named are refused", async () => {
        await release(clone, "of theirs");
        await signedTag("theirs", "dev-v1.2.0");
        const args = await verified("Tag", [ours], { tag: "dev-v1.2.0" });
        await assertUnverified(args, ["InvalidTagSignature", "any of the given authorized keys"]);
        assert.equal(await runningRelease("dev"), "signed");
    });

    it("by any of several keys let a tag through, as while they are rotated", async () => {
        const args = await verified("Tag", [ours, theirs], { tag: "dev-v1.2.0" });
        await mustPulumi("up -y --skip-preview", "dev", args);
        await assertApplied("dev", "apps", `dev-v1.2.0@sha1:${await clone.head()}`);
        assert.equal(await runningRelease("dev"), "of theirs");
    });

    it("by a key that is taken away no longer count, also of what has been fetched", async () => {
        const args = await verified("Tag", [ours], { tag: "dev-v1.2.0" });
        await assertUnverified(args, ["InvalidTagSignature"]);
    });

    it("are missed in a commit of a branch", async () => {
        clone.write("signed.txt", "signed\n");
        await clone.git("add", "--all");
        await clone.git(...signing("ours"), "commit", "--quiet", "-S", "-m", "A signed commit");
        await clone.git("push", "--quiet", "origin", "HEAD:main");
        signed = await clone.head();
        await mustPulumi("up -y --skip-preview", "dev", await verified("HEAD", [ours], { branch: "main" }));
        await assertApplied("dev", "apps", `main@sha1:${signed}`);

        const unsigned = await release(clone, "unsigned commit");
        await waitFor("Flux has seen the commit", 60, async () => {
            const verdict = await condition("SourceVerified");
            assert.equal(verdict?.reason, "InvalidCommitSignature", verdict?.message);
            assert.ok(verdict.message.includes(unsigned), verdict.message);
        });
        assert.equal((await applied("dev", "apps")).revision, `main@sha1:${signed}`);
        assert.equal(await runningRelease("dev"), "of theirs");
    });
});
