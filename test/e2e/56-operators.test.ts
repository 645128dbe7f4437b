import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { type ChartRegistry, serveCharts } from "./support/chartRegistry";
import { applied, assertApplied, type Context, exists, get, kubectl, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { Clone } from "./support/git";
import { type GoChart, packageChart } from "./support/goCharts";
import { answerForWebhooks, clusterWide, loseOperators, readyOfRelease, reportReady } from "./support/operators";
import { Project } from "./support/project";
import { alone, both, standing } from "./support/promotion";
import { waitFor } from "./support/run";
import { mustPulumi, outputs, pulumi, scratch } from "./support/stack";
import { Walkthrough } from "./support/walkthrough";

const components = "infrastructure/components";
const overlays = { operator: "infrastructure/overlays", configs: "infrastructure/configs/overlays" } as const;
const sources = {
    "cert-manager": `${components}/cert-manager/source.yaml`,
    "envoy-gateway": `${components}/envoy-gateway/source.yaml`,
};

interface Source {
    readonly spec: { url: string; insecure?: boolean; ref: { tag: string; digest?: string } };
}

/** Where the project of each component keeps its chart. */
const charts = {
    "cert-manager": (version: string): GoChart => ({
        module: `github.com/cert-manager/cert-manager@${version}`,
        folder: "deploy/charts/cert-manager",
        release: { version, values: {} },
    }),
    "envoy-gateway": (version: string): GoChart => ({
        module: `github.com/envoyproxy/gateway@${version}`,
        folder: "charts/gateway-helm",
        release: {
            version,
            values: {
                GatewayImage: `docker.io/envoyproxy/gateway:${version}`,
                GatewayImagePullPolicy: "IfNotPresent",
            },
        },
    }),
};
const names = ["cert-manager", "envoy-gateway"] as const;
const namespaces = { "cert-manager": "cert-manager", "envoy-gateway": "envoy-gateway-system" } as const;

describe("operators and their custom resources, as docs/components.md switches them on", () => {
    let clone: Clone;
    let project: Project;
    let document: Walkthrough;
    let registry: ChartRegistry;

    const revision = async () => `main@sha1:${await clone.head()}`;
    /** What happens on GitHub, once a pull request is approved. */
    async function merge(): Promise<void> {
        await clone.git("push", "--quiet", "origin", "HEAD:main");
        await reconcile("dev", "gitrepository", "infrastructure");
    }
    async function runs(name: string): Promise<void> {
        const wanted = await revision();
        await waitFor(`dev has applied ${name}`, 240, () => assertApplied("dev", name, wanted));
    }
    const release = (context: Context, name: (typeof names)[number]) => readyOfRelease(context, namespaces[name], name);
    /** Plays cert-manager and Envoy Gateway until an update has ended. */
    async function play(context: Context, ended: Promise<unknown>): Promise<void> {
        let isRunning = true;
        void ended.finally(() => (isRunning = false)).catch(() => undefined);
        await waitFor(`the update of ${context} has ended`, 300, async () => {
            await answerForWebhooks(context);
            await reportReady(context);
            assert.equal(isRunning, false);
        });
    }

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        const desk = mkdtempSync(join(scratch, "desk-"));
        project = await Project.make(join(desk, "fluxcd"));
        const [, file = ""] = await devFile();
        project.write("Pulumi.dev.yaml", readFileSync(file, "utf8"));
        clone = await Clone.of("fluxcd-infrastructure", "misua", desk);
        document = new Walkthrough("docs/components.md", project);
        const source = (name: (typeof names)[number]) =>
            parse(readFileSync(join(clone.directory, sources[name]), "utf8")) as Source;
        const packed = await Promise.all(
            names.map(async (name) => [name, await packageChart(charts[name](source(name).spec.ref.tag))] as const),
        );
        registry = await serveCharts(Object.fromEntries(packed));
        for (const name of names) {
            const changed = source(name);
            changed.spec.url = `oci://${registry.host}/${name}`;
            changed.spec.insecure = true;
            changed.spec.ref.digest = registry.digests[name] ?? "";
            clone.write(sources[name], stringify(changed));
        }
        await clone.push("The registry of the lab");
        await merge();
        await runs("infrastructure-configs");
    });
    after(() => {
        registry.close();
    });

    it("come with one push: Flux installs both charts by their digests", async () => {
        await document.follow("Switch on cert-manager and a gateway");
        await merge();
        await runs("infrastructure");
        for (const name of names) {
            assert.equal((await release("dev", name))?.status, "True");
            const { status } = await get<{ status: { artifact: { revision: string } } }>(
                "dev",
                "-n",
                namespaces[name],
                "ocirepository",
                name,
            );
            assert.ok(status.artifact.revision.endsWith(registry.digests[name] ?? "none"), status.artifact.revision);
        }
    });

    it("are not healthy before the operators have handled them", async () => {
        // Flux waits for a class before it applies what is of that class.
        await waitFor("the class of the gateway is applied", 180, async () => {
            await answerForWebhooks("dev");
            assert.ok(await exists("dev", "gatewayclass", "envoy"));
        });
        const { ready, revision: before } = await applied("dev", "infrastructure-configs");
        assert.notEqual(ready?.status, "True");
        assert.notEqual(before, await revision());
        assert.equal(await exists("dev", "-n", "envoy-gateway-system", "gateway", "public"), false);
    });

    it("are healthy once they have, and everything is applied", async () => {
        const wanted = await revision();
        await waitFor("dev has applied the custom resources", 240, async () => {
            await reportReady("dev");
            await assertApplied("dev", "infrastructure-configs", wanted);
        });
        const certificate = ["-n", "envoy-gateway-system", "certificate", "public"] as const;
        const { spec } = await get<{ spec: { dnsNames: string[] } }>("dev", ...certificate);
        assert.deepEqual(spec.dnsNames, ["podinfo.dev.example.com"]);
        const printed = await document.follow("See that it works");
        for (const name of ["self-signed", "public", ...names]) {
            assert.ok(printed.includes(name), printed);
        }
    });

    it("come to staging with one promotion, which brings operators and custom resources at once", async () => {
        const apps = await Clone.of("fluxcd-apps");
        await clone.git("switch", "--quiet", "main");
        // The document has not pulled yet, so this is the commit before the operators.
        await clone.tag("staging-v56.0.0");
        await apps.tag("staging-v56.0.0");
        // An earlier spec may have left staging at a release of its own.
        await mustPulumi("destroy -y --skip-preview", "staging");
        await mustPulumi(
            "up -y --skip-preview",
            "staging",
            standing("staging", { ...both("staging-v56.0.0"), set: alone }),
        );
        assert.equal(await exists("staging", "crd", "clusterissuers.cert-manager.io"), false);

        await clone.git("pull", "--quiet");
        for (const [step, lines] of [
            ["operator", ["cert-manager", "envoy-gateway"]],
            ["configs", ["cert-manager", "gateway"]],
        ] as const) {
            const listed = lines.map((name) => `  - ../../components/${name}\n`).join("");
            clone.edit(`${overlays[step]}/staging/kustomization.yaml`, (text) =>
                text.replace("  - ../../base\n", `  - ../../base\n${listed}`),
            );
        }
        await clone.push("Switch on cert-manager and a gateway in staging");
        await merge();
        await runs("infrastructure-configs");
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await clone.tag("staging-v56.1.0");
        await apps.tag("staging-v56.1.0");
        const update = pulumi("up -y --skip-preview", "staging", standing("staging", both("staging-v56.1.0")));
        const [{ code, output }] = await Promise.all([update, play("staging", update)]);
        assert.equal(code, 0, output);
        assert.equal((await outputs("staging")).sources.infrastructure.tag, "staging-v56.1.0");
        for (const name of names) {
            assert.equal((await release("staging", name))?.status, "True");
        }
        assert.ok(await exists("staging", "-n", "envoy-gateway-system", "gateway", "public"));
    });

    it("would leave in the wrong order by a rollback, which says so with the commands that help", async () => {
        const [, file = ""] = standing("staging", both("staging-v56.1.0"));
        project.write("Pulumi.staging.yaml", readFileSync(file, "utf8"));
        const args = ["staging", "56.0.0", "--reason", "a bad gateway", "--dry-run"];
        const { output } = await project.fluxcd("rollback", args);
        assert.match(
            output,
            /Note: infrastructure removes HelmRelease cert-manager\/cert-manager, HelmRelease envoy-gateway-system\/envoy-gateway before /,
            output,
        );
        const deletion = "kubectl --context staging delete ClusterIssuer.v1.cert-manager.io/self-signed";
        assert.ok(output.includes(deletion), output);
        assert.match(output, /delete .*Gateway\.v1\.gateway\.networking\.k8s\.io\/public/);
    });

    it("come back with one update on a cluster that has lost all of them", async () => {
        await mustPulumi("destroy -y --skip-preview", "staging");
        await loseOperators("staging");
        const update = pulumi("up -y --skip-preview", "staging", standing("staging", both("staging-v56.1.0")));
        const [{ code, output }] = await Promise.all([update, play("staging", update)]);
        assert.equal(code, 0, output);
        assert.ok(await exists("staging", "-n", "envoy-gateway-system", "gateway", "public"));
    });

    it("leave in the documented order: first the custom resources", async () => {
        await document.follow("First its custom resources");
        await merge();
        await runs("infrastructure-configs");
        for (const kind of ["clusterissuers", "certificates", "gateways", "gatewayclasses"]) {
            assert.equal(await exists("dev", kind, "--all-namespaces"), false, kind);
        }
        assert.equal((await release("dev", "cert-manager"))?.status, "True");
    });

    it("leave in the documented order: then the operators, and what stays by a command", async () => {
        await document.follow("Then its operator");
        await merge();
        await runs("infrastructure-configs");
        for (const name of names) {
            await waitFor(`the namespace of ${name} is gone`, 120, async () => {
                assert.equal(await exists("dev", "namespace", namespaces[name]), false);
            });
        }
        const left = async (name: string) => {
            const selector = `--selector=app.kubernetes.io/instance=${name}`;
            const { stdout } = await kubectl("dev", "get", clusterWide, "-o", "name", selector);
            return stdout.split("\n").filter(Boolean);
        };
        assert.deepEqual(await left("cert-manager"), []);
        assert.equal((await left("envoy-gateway")).length, 3);
        await document.follow("What stays");
        assert.deepEqual(await left("envoy-gateway"), []);
        assert.ok(await exists("dev", "crd", "certificates.cert-manager.io"));
        // 55-health has the settings of true health. The others need the internet, or a destination.
        assert.deepEqual(document.notFollowed(), ["Let's Encrypt", "Logs", "True health"]);
    });
});
