import assert from "node:assert/strict";

import { assess } from "../../../cli/status/assess";
import { comparedWith, releasesIn } from "../../../cli/status/releases";
import type { Comparison } from "../../../clients/comparison";
import type { GitHub } from "../../../clients/github";
import { type Config, readConfig } from "../../../config";
import { cluster, commits, kustomization, wanted } from "../../support/clusterFacts";
import { startEngine } from "../../support/engine";
import { useStackFile } from "../../support/stack";

const [old, newer] = ["a".repeat(40), "b".repeat(40)];
const promotion = (source: string, to: string) => ({
    ...{ at: "2026-11-21T10:00:00Z", source, from: undefined, to, kind: "promotion" as const, reason: undefined },
    ...{ by: "Ada", commit: undefined, uncommitted: false, run: undefined, succeeded: true },
});

describe("The releases of an environment", () => {
    let config: Config;

    beforeEach(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("staging");
        useStackFile("Pulumi.staging.yaml");
        config = readConfig();
    });

    it("are those that the last Kustomization of each promoted source has applied", () => {
        const behind = { status: { lastAppliedRevision: `staging-v0.9.0@sha1:${old}` } };
        const facts = cluster({
            kustomizations: { "infrastructure-configs": kustomization("infrastructure-configs", behind) },
        });
        const { infrastructure, apps, ...others } = releasesIn(config, assess(config, facts, commits), []);
        assert.equal(infrastructure?.revision, `staging-v0.9.0@sha1:${old}`);
        assert.equal(apps?.revision, `staging-v1.0.0@sha1:${wanted}`);
        assert.deepEqual(others, {});
    });

    it("are not known without the cluster", () => {
        const { apps } = releasesIn(config, undefined, [promotion("apps", "staging-v1.0.0")]);
        assert.deepEqual(apps, { revision: undefined, taken: undefined, behind: undefined });
    });

    it("have the newest update that brought them, and none of another source or release", () => {
        const history = [
            promotion("infrastructure", "staging-v1.0.0"),
            promotion("apps", "staging-v2.0.0"),
            { ...promotion("apps", "staging-v1.0.0"), at: "2026-11-20T10:00:00Z" },
            { ...promotion("apps", "staging-v1.0.0"), at: "2026-11-01T10:00:00Z" },
        ];
        const { apps, infrastructure } = releasesIn(config, assess(config, cluster(), commits), history);
        assert.equal(apps?.taken?.at, "2026-11-20T10:00:00Z");
        assert.equal(infrastructure?.taken?.at, "2026-11-21T10:00:00Z");
    });

    const url = "https://github.com/misua/fluxcd-apps/compare/x";
    const release = (revision: string | undefined) => ({ revision, taken: undefined, behind: undefined });
    const env = (stack: string, promotedFrom: string | undefined, revision: string | undefined) => ({
        ...{ stack, promotedFrom, releases: { apps: release(revision) } },
    });
    const staging = () => env("staging", "dev", `staging-v1.0.0@sha1:${old}`);
    const dev = (commit = newer) => env("acme/fluxcd/dev", undefined, `main@sha1:${commit}`);

    /** A GitHub that compares, or fails; what it was asked is in `asked`. */
    function answering(answer: Partial<Comparison> | Error | undefined, asked: string[] = []): GitHub {
        const compare = (repository: string, base: string, head: string) => {
            asked.push(`${repository} ${base}...${head}`);
            return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
        };
        return { compare } as unknown as GitHub;
    }

    for (const [status, shown] of [
        ["ahead", "behind"],
        ["behind", "ahead"],
        ["diverged", "diverged"],
        ["identical", "same"],
    ] as const) {
        it(`are ${shown} if GitHub finds that the upstream is ${status}`, async () => {
            const asked: string[] = [];
            const oldestAt = "2026-11-20T12:00:00Z";
            const github = answering({ status, total: 3, oldestAt, htmlUrl: url }, asked);
            const { releases } = await comparedWith(staging(), [dev(), staging()], { config, github });
            assert.deepEqual(releases.apps.behind, { status: shown, commits: 3, since: oldestAt, url });
            assert.deepEqual(asked, [`fluxcd-apps ${old}...${newer}`]);
        });
    }

    it("are the same without a question to GitHub if the commits are equal", async () => {
        const asked: string[] = [];
        const github = answering(new Error("asked"), asked);
        const { releases } = await comparedWith(staging(), [dev(old)], { config, github });
        const same = { status: "same", commits: 0, since: undefined, url: undefined };
        assert.deepEqual(releases.apps.behind, same);
        assert.deepEqual(asked, []);
    });

    it("are on another line if GitHub finds no common history, and not compared if it fails", async () => {
        const without = await comparedWith(staging(), [dev()], { config, github: answering(undefined) });
        const behind = { status: "diverged", commits: undefined, since: undefined, url: undefined };
        assert.deepEqual(without.releases.apps.behind, behind);
        const failed = await comparedWith(staging(), [dev()], { config, github: answering(new Error("500")) });
        assert.deepEqual(failed.releases.apps.behind, { unknown: "500" });
    });

    for (const [title, own, all, asked] of [
        ["its upstream is not among the stacks", staging(), [staging()], true],
        ["it has no upstream", env("dev", undefined, `main@sha1:${old}`), [dev()], true],
        ["its own release is not known", env("staging", "dev", undefined), [dev()], true],
        ["that of the upstream is not known", staging(), [env("dev", undefined, undefined)], true],
        ["there is no token", staging(), [dev()], false],
    ] as const) {
        it(`are not compared if ${title}`, async () => {
            const github = asked ? answering(new Error("asked")) : undefined;
            const { releases } = await comparedWith(own, all, { config, github });
            assert.equal(releases.apps.behind, undefined);
        });
    }
});
