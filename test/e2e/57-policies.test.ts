import assert from "node:assert/strict";
import { join } from "node:path";

import { get, kubectl } from "./support/cluster";
import { devFile } from "./support/dev";
import { labEnvironment } from "./support/lab";
import { assertSays } from "./support/promotion";
import { checkout, type Result, run, waitFor } from "./support/run";
import { mustPulumi } from "./support/stack";

describe("the policies for images, which need no operator", () => {
    const folder = (name: string) => join(checkout, "scaffold/fluxcd-infrastructure/infrastructure/components", name);
    const made = (image: string): Promise<Result> => {
        const deployment = ["create", "deployment", "tried", `--image=${image}`, "--dry-run=server"];
        return run("kubectl", ["--context", "dev", "-n", "podinfo", ...deployment], { env: labEnvironment() });
    };
    const unversioned = "an image has no version";
    const unlisted = "an image is from a registry that is not on the list";

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
    });

    after(async () => {
        await kubectl("dev", "delete", "-k", folder("admission-policies"), "--ignore-not-found");
    });

    it("warn, and let pass", async () => {
        await kubectl("dev", "apply", "-k", folder("admission-policies"));
        await waitFor("the API server warns", 60, async () => {
            const result = await made("nginx");
            assert.equal(result.code, 0, result.output);
            assertSays(result, ["Warning: ", unversioned, unlisted]);
        });
        for (const image of ["ghcr.io/stefanprodan/podinfo:6.15.0", `registry.k8s.io/pause@sha256:${"0".repeat(64)}`]) {
            const { output } = await made(image);
            assert.doesNotMatch(output, /an image /);
        }
        const latest = await made("ghcr.io/stefanprodan/podinfo:latest");
        assertSays(latest, [unversioned]);
        assert.ok(!latest.output.includes(unlisted));
        const policy = ["validatingadmissionpolicy", "images"] as const;
        const { status } = await get<{ status?: { typeChecking?: { expressionWarnings?: object[] } } }>(
            "dev",
            ...policy,
        );
        assert.deepEqual(status?.typeChecking?.expressionWarnings ?? [], []);
    });

    it("refuse, with the other folder", async () => {
        await kubectl("dev", "apply", "-k", folder("admission-policies-deny"));
        await waitFor("the API server refuses", 60, async () => {
            const result = await made("nginx");
            assert.notEqual(result.code, 0, result.output);
            assertSays(result, ["denied request", unversioned]);
        });
        assert.equal((await made("ghcr.io/stefanprodan/podinfo:6.15.0")).code, 0);
    });
});
