import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Assessment } from "../../cli/status/assess";
import { assertApplied, assertAvailable, exists, get, kubectl } from "./support/cluster";
import { type ChartRegistry, serveCharts } from "./support/chartRegistry";
import { devFile } from "./support/dev";
import { documentedCommands, documentedSettings } from "./support/documented";
import { Clone, type MadeName, remoteCommit } from "./support/git";
import { createRepository, deployKeys, standIn } from "./support/github";
import { packageChart } from "./support/goCharts";
import { labEnvironment, variable } from "./support/lab";
import { Project } from "./support/project";
import { report } from "./support/report";
import { RequiredChecks } from "./support/requiredChecks";
import { run, succeed, tail, waitFor } from "./support/run";
import { builtIn, mustPulumi, pulumi, scratch } from "./support/stack";
import { Walkthrough } from "./support/walkthrough";

const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${name}\n`;
const configMap = (color: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: podinfo\ndata:\n  color: ${color}\n`;

interface Settings {
    readonly "fluxcd:sources": Readonly<Record<string, { readonly url?: string; readonly tag?: string }>>;
    readonly "fluxcd:kustomizations": Readonly<Record<string, object>>;
}

interface Deployed {
    readonly spec: {
        readonly template: {
            readonly metadata: { readonly labels: Readonly<Record<string, string>> };
            readonly spec: { readonly containers: readonly { readonly ports: readonly { readonly name: string }[] }[] };
        };
    };
    readonly status: { readonly availableReplicas?: number };
}

interface Policy {
    readonly spec: {
        readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
        readonly ingress: readonly { readonly ports: readonly { readonly port: string }[] }[];
    };
}

/** The branch of both repositories in docs/helm.md. */
const branch = "frontend";

/** Makes a repository with one file on main. */
async function makeRepository(
    name: MadeName,
    visibility: "private" | "public",
    file: readonly [path: string, text: string],
): Promise<Clone> {
    await createRepository(name, visibility);
    const clone = await Clone.of(name);
    clone.write(...file);
    await clone.push("What there is");
    return clone;
}

/** The chart names it after the release and itself. */
const release = ["-n", "podinfo", "deployment", "frontend-podinfo"] as const;

describe("more sources and a Helm release, as docs/sources.md and docs/helm.md show them", () => {
    const shown = documentedSettings("docs/sources.md") as Settings;
    const podinfo = shown["fluxcd:sources"].podinfo;
    const onBranch = { "fluxcd:sources.infrastructure": { branch }, "fluxcd:sources.apps": { branch } };
    let charts: ChartRegistry;
    let checks: RequiredChecks;
    let helm: Walkthrough;
    let apps: Clone;
    let infrastructure: Clone;
    let podinfoClone: Clone;

    /** The documented settings beside dev's, with the public repository where the lab has one. */
    const settings = (tag: string): Record<string, object> => ({
        "fluxcd:sources": {
            ...shown["fluxcd:sources"],
            podinfo: { ...podinfo, url: `${variable("LAB_GITHUB_URL")}/misua/podinfo.git`, tag },
        },
        "fluxcd:kustomizations": shown["fluxcd:kustomizations"],
    });

    before(async () => {
        const chart = await packageChart({ module: "github.com/stefanprodan/podinfo", folder: "charts/podinfo" });
        charts = await serveCharts({ "stefanprodan/charts/podinfo": chart });
        if (!(await exists("dev", "namespace", "flux-system"))) {
            await mustPulumi("up -y --skip-preview", "dev", await devFile());
        }
        await makeRepository("platform", "private", ["namespaces/demo.yaml", namespace("demo")]);
        podinfoClone = await makeRepository("podinfo", "public", ["kustomize/color.yaml", configMap("blue")]);
        await podinfoClone.tag(podinfo?.tag ?? "");
        checks = await RequiredChecks.start("dev");
        const desk = mkdtempSync(join(scratch, "desk-"));
        helm = new Walkthrough("docs/helm.md", await Project.make(join(desk, "fluxcd")));
        infrastructure = await Clone.of("fluxcd-infrastructure", "misua", desk);
        apps = await Clone.of("fluxcd-apps", "misua", desk);
    });
    after(() => {
        charts.close();
        checks.stop();
    });
    it("pass the required checks of both repositories", async () => {
        await helm.follow("Allow a release");
        await checks.assertValid(infrastructure.directory);
        // The lab has no certificate for a registry.
        const url = `oci://${charts.host}/stefanprodan/charts/podinfo\n  insecure: true`;
        await helm.follow("Add the release", { instead: [[/oci:\/\/ghcr\.io\/stefanprodan\/charts\/podinfo/, url]] });
        await checks.assertValid(apps.directory);
    });

    it("do not pass with a misspelt field of a kind of Flux's", async () => {
        apps.edit("apps/base/podinfo/frontend.yaml", (text) => text.replace("chartRef:", "chartReference:"));
        const { code, output } = await checks.validate(apps.directory);
        await apps.git("restore", ".");
        assert.equal(code, 1);
        assert.match(output, /HelmRelease frontend is invalid: .*'chartReference' not allowed/);
    });

    it("are fetched and applied when up ends, in their order", async () => {
        await standIn.forget();
        const args = await devFile({}, { ...settings("6.11.0"), ...onBranch });
        const { seconds } = await mustPulumi("up -y --skip-preview", "dev", args);
        report("up with two more sources and a Helm release", seconds);
        await assertApplied("dev", "platform", `main@sha1:${await remoteCommit("platform", "refs/heads/main")}`);
        await assertApplied("dev", "podinfo", `6.11.0@sha1:${await remoteCommit("podinfo", "refs/tags/6.11.0")}`);
        await assertApplied("dev", "apps", `${branch}@sha1:${await apps.head()}`);
        assert.ok(await exists("dev", "-n", "demo", "configmap", "podinfo"));
        const { status } = await get<Deployed>("dev", ...release);
        assert.equal(status.availableReplicas, 2);
        assert.deepEqual(charts.refused, []);
    });

    it("run the chart's pods under the restricted standard, which refuses them without the documented values", async () => {
        const { template } = (await get<Deployed>("dev", ...release)).spec;
        const tryPod = (spec: object) => {
            const object = { apiVersion: "v1", kind: "Pod", metadata: { ...template.metadata, name: "tried" }, spec };
            const file = join(mkdtempSync(join(scratch, "pod-")), "pod.json");
            writeFileSync(file, JSON.stringify(object));
            const command = ["--context", "dev", "-n", "podinfo", "create", "--dry-run=server", "-f", file];
            return run("kubectl", command, { env: labEnvironment() });
        };
        const good = await tryPod(template.spec);
        assert.equal(good.code, 0, good.output);
        const containers = template.spec.containers.map((container) => ({ ...container, securityContext: {} }));
        const { code, output } = await tryPod({ ...template.spec, containers, securityContext: {} });
        assert.notEqual(code, 0);
        assert.match(output, /violates PodSecurity "restricted:\S+": allowPrivilegeEscalation != false/);
    });

    it("let others call the chart's pods, whose labels and port are those of the documented policy", async () => {
        const { metadata, spec } = (await get<Deployed>("dev", ...release)).spec.template;
        const policy = await get<Policy>("dev", "-n", "podinfo", "networkpolicy", "allow-frontend");
        const { podSelector, ingress } = policy.spec;
        assert.deepEqual({ ...metadata.labels, ...podSelector.matchLabels }, metadata.labels);
        assert.deepEqual(
            ingress.flatMap(({ ports }) => ports).map(({ port }) => port),
            ["http"],
        );
        assert.ok(spec.containers.some(({ ports }) => ports.some(({ name }) => name === "http")));
    });

    it("of the owner have a read-only key of the stack's own, and public ones none, nor a question to GitHub's API", async () => {
        const keys = await deployKeys("platform");
        assert.deepEqual(
            keys.map(({ title, read_only }) => [title, read_only]),
            [["flux-dev", true]],
        );
        assert.deepEqual(await deployKeys("podinfo"), []);
        const asked = (await standIn.requests()).filter(({ as, via }) => via === "rest" && as !== null);
        // The key list above is this test's own.
        const ofPodinfo = asked.filter(({ path }) => path.includes("/misua/podinfo"));
        assert.deepEqual(
            ofPodinfo.map(({ path }) => path),
            ["/api/v3/repos/misua/podinfo/keys"],
        );
    });

    it("show in the status of the environment", async () => {
        const [, file = ""] = await devFile({}, { ...settings("6.11.0"), ...onBranch });
        const project = await Project.make();
        project.write("Pulumi.dev.yaml", readFileSync(file, "utf8"));
        const { stdout, code, output } = await project.fluxcd("status", ["--stack", "dev", "--json"]);
        assert.equal(code, 0, tail(output));
        const { environments } = JSON.parse(stdout) as { environments: [{ cluster: Assessment }] };
        const [{ cluster }] = environments;
        for (const [key, kind] of [
            ["sources", "GitRepository"],
            ["kustomizations", "Kustomization"],
        ] as const) {
            const names = [...builtIn[key], ...Object.keys(shown[`fluxcd:${key}`])];
            assert.deepEqual(
                Object.fromEntries(Object.entries(cluster[key]).map(([name, it]) => [name, [it.kind, it.state]])),
                Object.fromEntries(names.map((name) => [name, [kind, "ready"]])),
            );
        }
    });

    it("show in the cluster and in the outputs by the documented commands", async () => {
        for (const [document, program, wanted] of [
            ["docs/sources.md", "kubectl", /gitrepository\S*\/platform[^]*kustomization\S*\/podinfo/],
            ["docs/sources.md", "pulumi stack output", /6\.11\.0|\.\/namespaces/],
        ] as const) {
            const commands = documentedCommands(document, program);
            assert.ok(commands.length > 0);
            for (const command of commands) {
                const { stdout } = await succeed("bash", ["-c", command], { env: labEnvironment() });
                assert.match(stdout, wanted);
            }
        }
        const seen = await helm.follow("See the release run");
        assert.match(seen, /ocirepository\S*\/podinfo[^]*helmrelease\S*\/frontend[^]*Helm install succeeded/);
        assert.deepEqual(helm.notFollowed(), []);
    });

    it("take another tag in one changed value, and up waits until it is applied", async () => {
        podinfoClone.write("kustomize/color.yaml", configMap("green"));
        await podinfoClone.push("Another color");
        await podinfoClone.tag("6.12.0");
        // The release goes from the apps first: without the infrastructure's Role they could not delete it any more.
        const args = await devFile({}, { ...settings("6.12.0"), "fluxcd:sources.infrastructure": { branch } });
        await mustPulumi("up -y --skip-preview", "dev", args);
        const { data } = await get<{ data: { color: string } }>("dev", "-n", "demo", "configmap", "podinfo");
        assert.equal(data.color, "green");
        const { code, output } = await pulumi("preview --expect-no-changes", "dev", args);
        assert.equal(code, 0, tail(output));
    });

    it("leave nothing of a release that is taken out of Git", async () => {
        await waitFor("the release is gone", 60, async () => {
            assert.equal(await exists("dev", "-n", "podinfo", "helmrelease", "frontend"), false);
            assert.equal(await exists("dev", ...release), false);
        });
    });

    it("go with the stack file's lines, and leave what they applied", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        assert.equal(await exists("dev", "-n", "flux-system", "gitrepository", "podinfo"), false);
        assert.equal(await exists("dev", "-n", "flux-system", "kustomization", "platform"), false);
        assert.deepEqual(await deployKeys("platform"), []);
        assert.ok(await exists("dev", "-n", "demo", "configmap", "podinfo"));
        await assertAvailable("dev", 1);
        await kubectl("dev", "delete", "namespace", "demo", "--wait=false");
        for (const clone of [infrastructure, apps]) {
            await clone.git("push", "--quiet", "origin", "--delete", branch);
        }
    });
});
