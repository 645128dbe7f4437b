import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { assertApplied, type Context, exists, get, kubectl, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { Clone } from "./support/git";
import { Project } from "./support/project";
import { alone } from "./support/promotion";
import { RequiredChecks } from "./support/requiredChecks";
import { waitFor } from "./support/run";
import { configFile, mustPulumi, pulumi, scratch } from "./support/stack";
import { Walkthrough } from "./support/walkthrough";

interface Quota {
    readonly spec: { readonly hard: Readonly<Record<string, string>> };
}

async function allowedPods(context: Context): Promise<string | undefined> {
    const { spec } = await get<Quota>(context, "-n", "podinfo", "resourcequota", "compute");
    return spec.hard.pods;
}

/** The stack file of a cluster that follows main, so that no release has to be made for it. */
function following(set: object = {}): string {
    const main = { branch: "main", tag: undefined };
    const changed = { "fluxcd:sources.infrastructure": main, "fluxcd:sources.apps": main };
    return configFile("staging", { ...alone, "fluxcd:environment": "dev", ...set }, changed);
}

/** The stack staging is a second cluster of the environment dev here, as production-eu is of production in the document. */
const instead = [[/production-eu/g, "staging"] as const, [/production/g, "dev"] as const];

describe("what only one of two clusters of an environment has, as docs/clusters.md shows it", () => {
    let document: Walkthrough;
    let infrastructure: Clone;
    let checks: RequiredChecks;
    let commit = "";

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        const desk = mkdtempSync(join(scratch, "desk-"));
        const project = await Project.make(join(desk, "fluxcd"));
        project.write("Pulumi.staging.yaml", readFileSync(following(), "utf8"));
        document = new Walkthrough("docs/clusters.md", project);
        infrastructure = await Clone.of("fluxcd-infrastructure", "misua", desk);
        checks = await RequiredChecks.start("dev");
    });

    it("passes the required check", async () => {
        await document.follow("What only one cluster has", { instead });
        await checks.assertValid(infrastructure.directory);
    });

    it("is refused while the branch that Flux follows lacks the folder", async () => {
        const file = following({ "fluxcd:kustomizations.infrastructure.path": "./clusters/staging" });
        const { code, output } = await pulumi("preview", "staging", ["--config-file", file]);
        assert.notEqual(code, 0);
        assert.match(output, /fluxcd-infrastructure has no such folder at main, so Flux would wait for it/);
    });

    it("reaches that cluster, with its file and its patch", async () => {
        await infrastructure.git("push", "--quiet", "origin", "HEAD:main");
        commit = await infrastructure.head();
        await document.follow("Let the cluster read its folder", { instead });
        await assertApplied("staging", "infrastructure", `main@sha1:${commit}`);
        assert.ok(await exists("staging", "priorityclass", "batch"));
        assert.equal(await allowedPods("staging"), "40");
    });

    it("reaches no other cluster, which applies the same commit", async () => {
        await reconcile("dev", "gitrepository", "infrastructure");
        await waitFor("dev runs the commit", 60, () => assertApplied("dev", "infrastructure", `main@sha1:${commit}`));
        assert.equal(await exists("dev", "priorityclass", "batch"), false);
        assert.equal(await allowedPods("dev"), "10");
    });

    after(async () => {
        checks.stop();
        await mustPulumi("destroy -y --skip-preview", "staging");
        await kubectl("staging", "delete", "priorityclass", "batch");
        await infrastructure.git("revert", "--no-edit", "HEAD");
        await infrastructure.git("push", "--quiet", "origin", "HEAD:main");
    });
});
