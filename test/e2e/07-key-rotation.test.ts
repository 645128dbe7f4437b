import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { applied, credentialOf, secretOf } from "./support/cluster";
import { repositories, whileFetching } from "./support/fetching";
import { deployKeys, standIn } from "./support/github";
import { type RepositoryName, sourceOf } from "./support/git";
import { report } from "./support/report";
import { checkout, tail, waitFor } from "./support/run";
import { configFile, mustPulumi, pulumi, scratch } from "./support/stack";

/** Production's keys of a repository on GitHub. */
async function onGitHub(repository: RepositoryName): Promise<string[]> {
    const keys = await deployKeys(repository);
    return keys.filter(({ title }) => title === "flux-production").map(({ key }) => key);
}

/** The one that Flux has. */
async function inCluster(repository: RepositoryName): Promise<string> {
    return (await credentialOf("production", sourceOf(repository)))["identity.pub"] ?? "";
}

/** The program with the deploy keys of an earlier version, whose seeds were the IDs of RandomBytes. */
function earlierProgram(): string {
    const directory = mkdtempSync(join(scratch, "earlier-"));
    cpSync(checkout, directory, { recursive: true, filter: (path) => !/[/](node_modules|lab|[.]\w+)$/.test(path) });
    symlinkSync(join(checkout, "node_modules"), join(directory, "node_modules"));
    writeFileSync(
        join(directory, "components", "drawnSecret.ts"),
        `import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

export function drawnSecret(name: string, generation: pulumi.Input<number>, opts: pulumi.CustomResourceOptions) {
    const keepers = { generation: pulumi.output(generation).apply(String) };
    return pulumi.secret(new random.RandomBytes(name, { length: 32, keepers }, opts).base64);
}

export const seedOf = (secret: string) => Buffer.from(secret, "base64");
`,
    );
    const memory = join(directory, "components", "guards.ts");
    const text = readFileSync(memory, "utf8");
    writeFileSync(memory, text.replace(', secretsDrawnBy: "RandomPassword" }', " } as never"));
    assert.notEqual(readFileSync(memory, "utf8"), text);
    return directory;
}

/** The IDs of what the keys of production were drawn by. */
async function drawnIds(): Promise<string[]> {
    const { stdout } = await mustPulumi("stack export", "production");
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { type: string; id: string }[] } };
    return deployment.resources.filter(({ type }) => type.startsWith("random:index/")).map(({ id }) => id);
}

describe("the keys of production", () => {
    const old = new Map<RepositoryName, string>();
    const forget = async () => {
        for (const repository of repositories) {
            old.set(repository, await inCluster(repository));
        }
    };
    const assertOthers = async () => {
        for (const repository of repositories) {
            const key = await inCluster(repository);
            assert.notEqual(key, old.get(repository));
            assert.deepEqual(await onGitHub(repository), [key]);
        }
    };
    let next: string[] = [];

    before(async () => {
        next = ["--config-file", configFile("production", { "fluxcd:identity": { kind: "deployKey", generation: 2 } })];
        await forget();
    });
    afterEach(standIn.heal);

    it("stay, and open the repositories, while GitHub refuses new ones", async () => {
        await standIn.fault({ match: { method: "POST", path: "/keys$" }, status: 502 });
        const { result } = await whileFetching("production", () => pulumi("up -y --skip-preview", "production", next));
        assert.notEqual(result.code, 0, tail(result.output));
        await standIn.assertStruck();
        for (const repository of repositories) {
            const key = old.get(repository);
            assert.equal(await inCluster(repository), key);
            assert.deepEqual(await onGitHub(repository), [key]);
        }
    });

    it("are both valid when the update is killed in the middle", async () => {
        const secrets = () => Promise.all(repositories.map((it) => secretOf("production", sourceOf(it))));
        const before = await secrets();
        const killAfter = waitFor("Flux is told of the new keys", 240, async () => {
            const now = await secrets();
            assert.ok(now.every((secret, at) => secret !== before[at]));
        });
        // Long enough for the kill to come before Flux has answered.
        await standIn.fault({ match: { via: "git-ssh", path: "fluxcd-" }, delayMs: 3000 });
        const { result } = await whileFetching("production", () =>
            pulumi("up -y --skip-preview", "production", next, { killAfter }),
        );
        await killAfter;
        assert.equal(result.code, null, tail(result.output));
        for (const repository of repositories) {
            const keys = await onGitHub(repository);
            assert.deepEqual(new Set(keys), new Set([old.get(repository), await inCluster(repository)]));
            assert.equal(keys.length, 2);
        }
    });

    it("are the new ones alone after the same command", async () => {
        await mustPulumi("cancel -y", "production");
        await whileFetching("production", () => mustPulumi("up -y", "production", next));
        await assertOthers();
        await forget();
    });

    it("are others after one changed value, and no fetch fails meanwhile", async () => {
        const { result } = await whileFetching("production", () => mustPulumi("up -y", "production"));
        report("rotation of production's keys", result.seconds);
        await assertOthers();
    });

    it("are kept by the next update", () => mustPulumi("preview", "production", ["--expect-no-changes"]));

    it("of an earlier version are made anew by a plain up, which says so before, and no fetch fails meanwhile", async () => {
        const cwd = earlierProgram();
        await mustPulumi("up -y --skip-preview", "production", [
            "--config-file",
            configFile("production", {}),
            "--cwd",
            cwd,
        ]);
        assert.ok((await drawnIds()).every((id) => Buffer.from(id, "base64").length === 32));
        await forget();
        const preview = await mustPulumi("preview", "production");
        assert.match(preview.output, /creates new deploy keys for this stack/);
        await whileFetching("production", () => mustPulumi("up -y --skip-preview", "production"));
        assert.deepEqual(await drawnIds(), ["none", "none"]);
        await assertOthers();
        const after = await mustPulumi("preview", "production", ["--expect-no-changes"]);
        assert.doesNotMatch(after.output, /creates new deploy keys for this stack/);
    });

    it("leave the apps as they are", async () => {
        assert.equal((await applied("production", "apps")).ready?.status, "True");
    });
});
