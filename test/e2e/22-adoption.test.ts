import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parseAllDocuments, stringify } from "yaml";

import { assertAvailable, contents, exists, get, kubectl } from "./support/cluster";
import { devFile, workloads } from "./support/dev";
import { Clone } from "./support/git";
import { assertNoWrites, standIn } from "./support/github";
import { controllers, labFile, variable } from "./support/lab";
import { Project } from "./support/project";
import { report } from "./support/report";
import { tail, waitFor } from "./support/run";
import { mustPulumi, pulumi, scratch } from "./support/stack";
import { Walkthrough } from "./support/walkthrough";

const release = labFile("releases", "v2.9.5", "install.yaml");
/** Not among the components that `flux bootstrap` installs unless asked. */
const extra = /image-(reflector|automation)-controller|source-watcher/;
const inFlux = ["-n", "flux-system"] as const;

interface ManifestObject {
    readonly metadata: { readonly labels?: Record<string, string> };
}

/** The release's manifest with the components that are installed by default. */
function components(): string {
    return parseAllDocuments(readFileSync(release, "utf8"))
        .map((document) => document.toJS() as ManifestObject)
        .filter(({ metadata }) => !extra.test(metadata.labels?.["app.kubernetes.io/component"] ?? ""))
        .map((object) => stringify(object, { aliasDuplicateObjects: false }))
        .join("---\n");
}

/** What `flux bootstrap` makes: Flux, applied from the folder flux-system of a branch. */
async function bootstrap(): Promise<void> {
    const clone = await Clone.of("fluxcd-apps");
    clone.write("flux-system/gotk-components.yaml", components());
    const manifest = join(clone.directory, "flux-system/gotk-components.yaml");
    await clone.git("add", "--all");
    await clone.git("commit", "--quiet", "-m", "Add Flux");
    await clone.git("push", "--quiet", "--force", "origin", "HEAD:refs/heads/bootstrap");

    await kubectl("dev", "apply", "--server-side", "--field-manager=flux", "-f", manifest);
    await kubectl("dev", ...inFlux, "wait", "deployment", "--all", "--for=condition=Available", "--timeout=90s");
    const source = { kind: "GitRepository", name: "flux-system" };
    const objects = [
        {
            apiVersion: "v1",
            kind: "Secret",
            stringData: { username: "x-access-token", password: variable("GITHUB_TOKEN") },
        },
        {
            apiVersion: "source.toolkit.fluxcd.io/v1",
            kind: source.kind,
            spec: {
                interval: "1m",
                url: `${variable("LAB_GITHUB_URL")}/misua/fluxcd-apps.git`,
                ref: { branch: "bootstrap" },
                secretRef: { name: source.name },
            },
        },
        {
            apiVersion: "kustomize.toolkit.fluxcd.io/v1",
            kind: "Kustomization",
            spec: { interval: "10m", path: "./flux-system", prune: true, sourceRef: source },
        },
    ].map((object) => ({ ...object, metadata: { name: source.name, namespace: "flux-system" } }));
    const file = join(mkdtempSync(join(scratch, "bootstrap-")), "sync.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }), { mode: 0o600 });
    await kubectl("dev", "apply", "-f", file);
    await kubectl("dev", ...inFlux, "wait", "kustomization/flux-system", "--for=condition=Ready", "--timeout=120s");
}

/** The controllers' processes: the same ones for as long as their pods are. */
async function processes(): Promise<Record<string, number>> {
    return waitFor("the controllers run", 90, async () => {
        const found = (await controllers()).filter(({ cluster }) => cluster === "dev");
        assert.ok(found.length >= 4 && found.every(({ ready }) => ready));
        return Object.fromEntries(found.map(({ deployment, pid = 0 }) => [deployment, pid]));
    });
}

describe("a cluster with a Flux of `flux bootstrap`, which docs/migrate.md takes over", () => {
    let document: Walkthrough;
    let running: string[] = [];
    let started: Record<string, number> = {};
    const adopt = (set: Record<string, unknown> = {}) => devFile({ "fluxcd:flux.existing": "adopt", ...set });

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await assertAvailable("dev", 1);
        running = await workloads();
        await mustPulumi("destroy -y --skip-preview", "dev");
        await bootstrap();
        started = await processes();
        const project = await Project.make();
        const [, file = ""] = await devFile();
        project.write("Pulumi.dev.yaml", readFileSync(file, "utf8"));
        document = new Walkthrough("docs/migrate.md", project);
    });

    for (const [how, args] of [
        ["unasked", devFile],
        ["though it shall adopt it", adopt],
    ] as const) {
        it(`is refused ${how}, while Git would put Flux back`, async () => {
            const there = await contents("dev");
            await standIn.forget();
            const { code, output } = await pulumi("up -y --skip-preview", "dev", await args());
            assert.notEqual(code, 0);
            assert.match(output, /Kustomization flux-system\/flux-system applies Flux from Git/, tail(output));
            assert.match(output, /kubectl --context dev -n flux-system patch kustomization flux-system/);
            assert.deepEqual(await contents("dev"), there);
            await assertNoWrites();
        });
    }

    it("is refused with what runs there, once that has let go", async () => {
        await document.follow("Stop the old one");
        for (const command of ["preview", "up -y --skip-preview"]) {
            const { code, output } = await pulumi(command, "dev", await devFile());
            assert.notEqual(code, 0);
            assert.match(output, /helm-controller v1\.6\.4, .* run there: Flux of `flux bootstrap`/, tail(output));
            assert.match(output, /fix: .*pulumi config set --stack dev --path 'fluxcd:flux\.existing' adopt/);
        }
    });

    it("is adopted when asked, and only what changes restarts", async () => {
        const start = performance.now();
        await document.follow("Take it over");
        report("adoption of a Flux that is there, with its preview", (performance.now() - start) / 1000);
        const after = await processes();
        const same = Object.keys(started).filter((name) => started[name] === after[name]);
        assert.deepEqual(same.sort(), ["notification-controller", "source-controller"]);
        assert.deepEqual(await workloads(), running);
    });

    it("has nothing more to do then, also without the Kustomization that was there", async () => {
        await mustPulumi("up -y --skip-preview --expect-no-changes", "dev", await adopt());
        await document.follow("Look");
        await document.follow("Clean up");
        await mustPulumi("preview --expect-no-changes", "dev", await adopt());
        assert.ok(await exists("dev", ...inFlux, "deployment", "source-controller"));
        assert.deepEqual(await workloads(), running);
    });

    it("is upgraded over the fields of who made it", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await adopt({ "fluxcd:fluxVersion": "v2.9.4" }));
        const { spec } = await get<{ spec: { template: { spec: { containers: { image: string }[] } } } }>(
            "dev",
            ...inFlux,
            "deployment",
            "helm-controller",
        );
        assert.match(spec.template.spec.containers[0]?.image ?? "", /:v1\.6\.3$/);
    });

    after(async () => {
        await document.follow("The way back");
        assert.deepEqual(document.notFollowed(), []);
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        const clone = await Clone.of("fluxcd-apps");
        await clone.git("push", "--quiet", "--delete", "origin", "bootstrap");
        assert.deepEqual(await workloads(), running);
    });
});
