import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";

import { appliedRevision } from "../../domain/outputs";
import { assertApplied, assertAvailable } from "./support/cluster";
import { assertNoWrites, deployKeys, standIn } from "./support/github";
import { Clone, gitEnvironment, remoteCommit } from "./support/git";
import { report } from "./support/report";
import { succeed } from "./support/run";
import { mustPulumi, outputs, pulumi, scratch } from "./support/stack";

describe("staging and production stand on tags", () => {
    for (const [stack, tag, replicas] of [
        ["staging", "staging-v1.0.0", 2],
        ["production", "prod-v1.0.0", 3],
    ] as const) {
        let commands: string[] = [];

        it(`${stack} is refused while ${tag} does not exist, with the commands that make it`, async () => {
            await standIn.forget();
            const { code, output } = await pulumi("up -y", stack);
            assert.notEqual(code, 0);
            assert.ok(output.includes(`fluxcd:sources.infrastructure.tag is "${tag}"`), output);
            assert.ok(output.includes(`fluxcd:sources.apps.tag is "${tag}"`), output);
            await assertNoWrites();
            commands = [...output.matchAll(/fix: (git .*)$/gm)].map(([, command]) => command?.trim() ?? "");
            assert.equal(new Set(commands).size, 2, output);
        });

        it(`${stack} comes up once those commands have run`, async () => {
            const directory = mkdtempSync(join(scratch, "both-"));
            await Clone.of("fluxcd-infrastructure", "misua", directory);
            await Clone.of("fluxcd-apps", "misua", directory);
            for (const command of new Set(commands)) {
                await succeed("bash", ["-c", command], { cwd: directory, env: gitEnvironment() });
            }
            const { seconds } = await mustPulumi("up -y", stack);
            report(`up of ${stack} from nothing`, seconds);
            assert.deepEqual(await standIn.errors(), []);
        });

        it(`${stack} stands at the commits of ${tag}`, async () => {
            const found = await outputs(stack);
            for (const [name, repository] of [
                ["infrastructure", "fluxcd-infrastructure"],
                ["apps", "fluxcd-apps"],
            ] as const) {
                const tagged = await remoteCommit(repository, `refs/tags/${tag}`);
                const revision = `${tag}@sha1:${tagged}`;
                await assertApplied(stack, name, revision);
                const { tag: ref, commit } = found.sources[name];
                assert.deepEqual([ref, commit, appliedRevision(found, name)], [tag, tagged, revision]);
            }
        });

        it(`${stack} runs ${replicas} replicas of podinfo`, () => assertAvailable(stack, replicas));

        it(`${stack} has a key of its own`, async () => {
            const titles = (await deployKeys("fluxcd-apps")).map(({ title }) => title);
            assert.ok(titles.includes(`flux-${stack}`), titles.join(", "));
            assert.ok((await deployKeys("fluxcd-apps")).every(({ read_only }) => read_only));
        });
    }

    it("a release tag cannot be moved or deleted", async () => {
        const clone = await Clone.of("fluxcd-apps");
        const moved = await clone.tryGit("push", "--force", "origin", "HEAD:refs/tags/staging-v1.0.0");
        const deleted = await clone.tryGit("push", "origin", ":refs/tags/staging-v1.0.0");
        assert.notEqual(deleted.code, 0, deleted.output);
        assert.notEqual(moved.code, 0, moved.output);
    });
});
