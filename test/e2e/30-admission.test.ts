import assert from "node:assert/strict";

import { stringify } from "yaml";

import { count, fileOf, tryOut } from "./support/admission";
import { applied, exists, get, kubectl } from "./support/cluster";
import { devFile } from "./support/dev";
import { Clone } from "./support/git";
import { labEnvironment } from "./support/lab";
import { run, tail, waitFor } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

const sourceUrls = ["https://github.com/misua", "oci://ghcr.io/misua/", "https://minio.example.com/charts"];
const limited = (change: Record<string, object> = {}) => devFile({ "fluxcd:flux": { sourceUrls } }, change);

interface Source {
    readonly kind: "GitRepository" | "OCIRepository" | "HelmRepository" | "Bucket";
    readonly url: string;
    readonly bucketName?: string;
}

const allowed: readonly Source[] = [
    { kind: "GitRepository", url: "https://github.com/misua" },
    { kind: "GitRepository", url: "https://github.com/misua/charts" },
    { kind: "GitRepository", url: "https://github.com/misua/charts.git" },
    { kind: "OCIRepository", url: "oci://ghcr.io/misua/charts" },
    { kind: "HelmRepository", url: "oci://ghcr.io/misua/charts" },
    { kind: "Bucket", url: "minio.example.com", bucketName: "charts" },
];

const elsewhere: Source = { kind: "HelmRepository", url: "https://charts.example.com" };
const others: readonly Source[] = [
    { kind: "GitRepository", url: "https://github.com/misua-evil/charts" },
    { kind: "GitRepository", url: "https://github.com/misua@example.com/charts" },
    { kind: "GitRepository", url: "https://github.com/misua/../evil/charts" },
    { kind: "GitRepository", url: "https://github.com/misua/%2e%2e/evil/charts" },
    { kind: "GitRepository", url: "https://github.com/misua/charts?ref=evil" },
    { kind: "GitRepository", url: "https://github.com/Misua/charts" },
    { kind: "GitRepository", url: "https://github.com:8443/misua/charts" },
    { kind: "GitRepository", url: "https://github.com.example.com/misua/charts" },
    { kind: "GitRepository", url: "http://github.com/misua/charts" },
    { kind: "GitRepository", url: "ssh://git@github.com/misua/charts" },
    { kind: "OCIRepository", url: "oci://ghcr.io/evil/charts" },
    elsewhere,
    { kind: "Bucket", url: "minio.example.com", bucketName: "others" },
    { kind: "Bucket", url: "minio.example.com.evil.example", bucketName: "charts" },
];

function manifestOf({ kind, url, bucketName }: Source, name = "it"): object {
    const at = bucketName === undefined ? { url } : { endpoint: url, bucketName };
    const metadata = { name, namespace: "podinfo" };
    return {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind,
        metadata,
        spec: { ...at, interval: "1h", suspend: true },
    };
}

describe("source URLs that are limited", () => {
    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await kubectl("dev", "create", "-f", fileOf([manifestOf(elsewhere, "earlier")]));
        await mustPulumi("up -y --skip-preview", "dev", await limited());
    });

    it("are a policy that Kubernetes finds nothing wrong with", async () => {
        interface Policies {
            items: {
                metadata: { name: string; generation: number };
                status?: { observedGeneration?: number; typeChecking?: object };
            }[];
        }
        await waitFor("the policies are checked", 30, async () => {
            const { items } = await get<Policies>("dev", "validatingadmissionpolicies");
            assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), [
                "fluxcd-limited-accounts",
                "fluxcd-source-urls",
            ]);
            for (const { metadata, status } of items) {
                assert.equal(status?.observedGeneration, metadata.generation);
                assert.deepEqual(status.typeChecking, {});
            }
        });
    });

    it("refuse every other one, and say which are allowed", async () => {
        await waitFor("the policy holds", 30, async () => {
            const { output } = await tryOut(others.map((source) => manifestOf(source)));
            assert.equal(count(output, " is forbidden: "), others.length, output);
            for (const { url, bucketName } of others) {
                const whole = bucketName === undefined ? url : `https://${url}/${bucketName}`;
                const says = `the source URL ${whole} is not allowed here; fluxcd:flux.sourceUrls allows https://github.com/misua, oci://ghcr.io/misua, https://minio.example.com/charts`;
                assert.ok(output.includes(says), `${says} is not in:\n${output}`);
            }
        });
    });

    it("let pass what begins with one of them", async () => {
        const { code, output } = await tryOut(allowed.map((source) => manifestOf(source)));
        assert.equal(code, 0, output);
    });

    it("leave a source that was there before as it is, refuse a change of it, and let it go", async () => {
        const earlier = [
            "--context",
            "dev",
            "-n",
            "podinfo",
            "patch",
            "helmrepository",
            "earlier",
            "--type=merge",
            "-p",
        ];
        const patch = (body: object) => run("kubectl", [...earlier, JSON.stringify(body)], { env: labEnvironment() });
        assert.equal((await patch({ metadata: { finalizers: ["example.com/held"] } })).code, 0);
        assert.match((await patch({ spec: { suspend: false } })).output, /is not allowed here/);
        await kubectl("dev", "-n", "podinfo", "delete", "helmrepository", "earlier", "--wait=false");
        assert.equal((await patch({ metadata: { finalizers: null } })).code, 0);
        assert.equal(await exists("dev", "-n", "podinfo", "helmrepository", "earlier"), false);
    });

    it("hold for what comes out of Git, and both Flux and pulumi up say so", async () => {
        const clone = await Clone.of("fluxcd-infrastructure");
        const folder = "infrastructure/overlays/dev";
        await clone.git("checkout", "--quiet", "-B", "charts");
        clone.edit(`${folder}/kustomization.yaml`, (text) =>
            text.replace("resources:\n", "resources:\n  - charts.yaml\n"),
        );
        clone.write(`${folder}/charts.yaml`, stringify(manifestOf(elsewhere)));
        await clone.git("add", "--all");
        await clone.git("commit", "--quiet", "-m", "Charts from elsewhere");
        await clone.git("push", "--quiet", "--force", "origin", "charts");
        // The stack's own source changes with it: its URL is always allowed.
        const args = await limited({
            "fluxcd:sources.infrastructure": { branch: "charts" },
            "fluxcd:kustomizations.infrastructure": { timeout: "20s" },
        });
        const { code, output } = await pulumi("up -y --skip-preview", "dev", args);
        assert.notEqual(code, 0);
        const says = "the source URL https://charts.example.com is not allowed here";
        assert.ok(output.includes(says), tail(output));
        const { ready } = await applied("dev", "infrastructure");
        assert.ok(ready?.message.includes(says), ready?.message);
        await mustPulumi("up -y --skip-preview", "dev", await limited());
        await clone.git("push", "--quiet", "origin", "--delete", "charts");
    });
});

describe("source URLs that are limited no more", () => {
    it("leave no policy behind", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        assert.equal(await exists("dev", "validatingadmissionpolicy", "fluxcd-source-urls"), false);
        assert.equal(await exists("dev", "validatingadmissionpolicybinding", "fluxcd-source-urls"), false);
        await waitFor("any source is allowed", 30, async () => {
            const { code, output } = await tryOut(others.map((source) => manifestOf(source)));
            assert.equal(code, 0, output);
        });
    });
});
