import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { appliedRevision } from "../../domain/outputs";
import { assertApplied, type Context, exists, get, kubectl, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { repositories } from "./support/fetching";
import { inFlux } from "./support/flux";
import { gitEnvironment, type RepositoryName, sourceOf } from "./support/git";
import { deleteDeployKey } from "./support/github";
import { kubeconfigNaming } from "./support/kubeconfig";
import { Project } from "./support/project";
import { alone } from "./support/promotion";
import { ReleaseTags, RequiredChecks } from "./support/requiredChecks";
import { succeed, waitFor } from "./support/run";
import { configFile, mustPulumi, type Outputs, outputs, scratch } from "./support/stack";
import { type Circumstances, Walkthrough } from "./support/walkthrough";

/** What a stack stands on, as changes of its stack file. */
function standing({ infrastructure, apps }: Outputs["sources"]): Record<string, object> {
    return { "fluxcd:sources.infrastructure": { tag: infrastructure.tag }, "fluxcd:sources.apps": { tag: apps.tag } };
}

describe("the documents, followed to the letter", () => {
    let project: Project;
    let desk: string;
    let checks: RequiredChecks;
    let tags: ReleaseTags;
    let stood: Record<string, object> = {};

    /** The stack files of a person: with what each stack stands on. */
    async function takeStackFile(stack: Context): Promise<void> {
        const { sources } = (await outputs(stack)) as Partial<Outputs>;
        const file = configFile(stack, {}, sources ? standing(sources) : {});
        project.write(`Pulumi.${stack}.yaml`, readFileSync(file, "utf8"));
        if (!sources) {
            await project.fluxcd("promote", [stack, "1.0.0", "--yes", "--no-diff"]);
            await project.shell(`pulumi up -s ${stack} --yes --skip-preview --non-interactive`);
        }
    }

    /** What happens on GitHub, once a pull request passes its check and is approved, and then in dev. */
    async function merge(repository: RepositoryName): Promise<void> {
        const at = { cwd: join(desk, repository), env: gitEnvironment() };
        await checks.assertValid(at.cwd);
        await succeed("git", ["push", "--quiet", "origin", "HEAD:main"], at);
        const { stdout } = await succeed("git", ["rev-parse", "HEAD"], at);
        const name = sourceOf(repository);
        await reconcile("dev", "gitrepository", name);
        await waitFor("dev runs the commit", 120, () => assertApplied("dev", name, `main@sha1:${stdout.trim()}`));
    }

    before(async () => {
        desk = mkdtempSync(join(scratch, "desk-"));
        project = await Project.make(join(desk, "fluxcd"));
        const [, committed = ""] = await devFile();
        project.write("Pulumi.dev.yaml", readFileSync(committed, "utf8"));
        await project.shell("pulumi up -s dev --yes --skip-preview --non-interactive");
        await takeStackFile("staging");
        await takeStackFile("production");
        checks = await RequiredChecks.start("dev");
        tags = await ReleaseTags.fromNow();
    });

    describe("docs/apps.md", () => {
        let document: Walkthrough;

        before(() => {
            document = new Walkthrough("docs/apps.md", project);
        });
        after(() => {
            assert.deepEqual(document.notFollowed(), []);
        });

        it("adds an app to dev", async () => {
            await document.follow("Add an app");
            assert.match(await document.follow("Make its namespace"), /^ {2}name: hello$/m);
            await merge("fluxcd-infrastructure");
            await document.follow("Open connections");
            await document.follow("Make the app");
            await merge("fluxcd-apps");
            await document.follow("See it run");
        });

        it("promotes it to staging", async () => {
            await document.follow("Promote it");
            assert.ok(await exists("staging", "-n", "hello", "deployment", "hello"));
            assert.match((await tags.check()).join("\n"), /^fluxcd-apps staging-v/m);
        });

        it("takes an app out again", async () => {
            await document.follow("Take it out again");
            await merge("fluxcd-apps");
            assert.equal(await exists("dev", "-n", "hello", "deployment", "hello"), false);
        });
    });

    /** Staging stands for production, as it takes releases in the same way. */
    async function asStaging(): Promise<NonNullable<Circumstances["instead"]>> {
        const version = ((await outputs("staging")).sources.apps.tag ?? "").replace("staging-v", "");
        const next = version.replace(/\d+$/, "99");
        const names = [/production/g, "staging"] as const;
        return [names, [/prod-v/g, "staging-v"], [/1\.4\.0/g, version], [/1\.4\.1/g, next]];
    }

    describe("docs/emergency.md", () => {
        let document: Walkthrough;
        const suspended = async () => {
            const { items } = await get<{ items: { spec: { suspend?: boolean } }[] }>(
                "staging",
                ...inFlux,
                "kustomizations",
            );
            return items.map(({ spec }) => spec.suspend ?? false);
        };

        before(() => {
            document = new Walkthrough("docs/emergency.md", project);
        });
        after(() => {
            assert.deepEqual(document.notFollowed(), []);
        });

        it("goes back to the release before", async () => {
            const { apps: bad } = (await outputs("staging")).sources;
            await document.follow("A bad release runs", { instead: await asStaging() });
            const { apps } = (await outputs("staging")).sources;
            assert.notEqual(apps.tag, bad.tag);
            assert.equal(apps.exemption?.kind, "rollback");
        });

        it("takes a fix that cannot wait", async () => {
            await document.follow("A fix cannot wait", { instead: await asStaging() });
            const { apps } = (await outputs("staging")).sources;
            assert.match(apps.tag ?? "", /[.]99$/);
            assert.equal(apps.exemption?.kind, "hotfix");
            assert.deepEqual(await tags.check(), [`fluxcd-apps ${apps.tag ?? ""}`]);
        });

        it("stops Flux, and lets it go on", async () => {
            await document.follow("Stop Flux at once", { instead: await asStaging() });
            assert.deepEqual(await suspended(), [true, true, true]);
            await document.follow("Resume Flux", { instead: await asStaging() });
            assert.deepEqual(await suspended(), [false, false, false]);
        });

        it("takes a lock away", async () => {
            await document.follow("The state is locked", { instead: await asStaging() });
        });

        it("takes over what runs, without a state", async () => {
            const instead = await asStaging();
            const before = appliedRevision(await outputs("staging"), "apps");
            await project.shell("pulumi stack rm staging --force --preserve-config --yes");
            await document.follow("The state is lost", { instead });
            await Promise.all(repositories.map((name) => deleteDeployKey(name, "flux-staging", 2)));
            assert.ok(before !== undefined);
            assert.equal(appliedRevision(await outputs("staging"), "apps"), before);
        });

        it("moves to the cluster that took the place of a lost one, here the same", async () => {
            const before = await outputs("staging");
            const instead = [...(await asStaging()), [/<uid>/g, before.cluster.uid] as const];
            await document.follow("A cluster is lost", { instead });
            const after = await outputs("staging");
            assert.deepEqual(after.cluster, before.cluster);
            assert.equal(after.sources.apps.tag, before.sources.apps.tag);
        });
    });

    describe("docs/clusters.md", () => {
        let document: Walkthrough;
        let env: NodeJS.ProcessEnv;

        /** Its cluster is the one that is free. */
        before(async () => {
            document = new Walkthrough("docs/clusters.md", project);
            stood = standing((await outputs("staging")).sources);
            env = { KUBECONFIG: kubeconfigNaming("staging", ["production-eu", "qa"]) };
            await project.shell("pulumi destroy -s staging --yes --skip-preview --non-interactive");
        });

        it("adds a second production cluster", async () => {
            await document.follow("A second cluster of an environment", { env });
            const [first, second] = [await outputs("production"), await outputs("production-eu")];
            assert.equal(second.environment, "production");
            const applied = appliedRevision(first, "apps");
            assert.ok(applied !== undefined);
            assert.equal(appliedRevision(second, "apps"), applied);
        });

        it("updates a fleet", () => document.follow("A fleet", { env }));

        it("moves to a cluster that was rebuilt, here the same", async () => {
            const before = await outputs("production-eu");
            const instead = [[/staging/g, "production-eu"] as const, [/<uid>/g, before.cluster.uid] as const];
            await document.follow("A cluster that was rebuilt", { env, instead });
            assert.deepEqual((await outputs("production-eu")).cluster, before.cluster);
        });

        it("removes the cluster", async () => {
            await document.follow("Remove a cluster", { env });
            assert.equal(await exists("staging", "namespace", "flux-system"), false);
        });

        it("adds an environment", async () => {
            await document.follow("An environment", { env });
            await merge("fluxcd-infrastructure");
            await merge("fluxcd-apps");
            await document.follow("Its stack", { env });
            const found = await outputs("qa");
            assert.equal(found.environment, "qa");
            assert.match(appliedRevision(found, "apps") ?? "", /^qa-v.+@sha1:/);
            const made = repositories.map((name) => `${name} qa-v1.0.0`);
            assert.deepEqual((await tags.check()).sort(), made.sort());
        });

        it("removes the environment, and all is followed", async () => {
            await document.follow("Remove an environment", { env });
            // 58-one-cluster has them, with two clusters that follow main.
            const followed = ["What only one cluster has", "Let the cluster read its folder"];
            assert.deepEqual(document.notFollowed(), followed);
        });
    });

    // What production's overlays left in staging's cluster.
    after(async () => {
        checks.stop();
        // A stack that is new again stands on nothing, and dev has forgotten this release since.
        const file = configFile("staging", alone, stood);
        await mustPulumi("up -y --skip-preview", "staging", ["--config-file", file]);
        await kubectl("staging", "-n", "podinfo", "delete", "horizontalpodautoscaler,poddisruptionbudget", "--all");
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
    });
});
