import assert from "node:assert/strict";

import { get, kubectl } from "./support/cluster";
import { Clone } from "./support/git";
import { labEnvironment } from "./support/lab";
import { alone, assertRefused, assertSays, both, standing } from "./support/promotion";
import { run, tail, waitFor } from "./support/run";
import { mustPulumi, outputs, pulumi } from "./support/stack";

const at = (tag: string) => ({ ...both(tag), set: alone });
const [first, next] = [at("staging-v60.0.0"), at("staging-v60.1.0")];

/** An update that writes the Kustomization, the GitRepository and the Deployments for another reason than a release. */
function writingAll(suspend?: boolean): string[] {
    const { infrastructure, apps } = first;
    const set = {
        ...first.set,
        "fluxcd:flux": { logLevel: "debug" },
        "fluxcd:kustomizations.apps.interval": "7m",
        ...(suspend !== undefined && { "fluxcd:kustomizations.apps.suspend": suspend }),
    };
    return standing("staging", { infrastructure, apps: { ...apps, interval: "3m" }, set });
}

const inFlux = ["-n", "flux-system"] as const;
const patch = (object: string, spec: object, ...args: string[]) =>
    kubectl("staging", ...inFlux, "patch", object, "--type=merge", "-p", JSON.stringify({ spec }), ...args);

interface Live {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly suspend?: boolean; readonly interval?: string; readonly replicas?: number };
}

const live = (object: string) => get<Live>("staging", ...inFlux, object);

describe("what people have stopped by hand", () => {
    before(async () => {
        for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"] as const) {
            const clone = await Clone.of(repository);
            await clone.tag("staging-v60.0.0");
            clone.write("by-hand.txt", "60.1.0\n");
            await clone.push("Release 60.1.0");
            await clone.tag("staging-v60.1.0");
        }
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", first));
    });

    for (const [way, ...args] of [
        ["kubectl patch"],
        ["kubectl edit", "--field-manager=kubectl-edit"],
        ["kubectl apply", "--field-manager=kubectl-client-side-apply"],
        ["flux suspend", "--field-manager=flux"],
        ["a dashboard", "--field-manager=Mozilla"],
    ] as const) {
        it(`by ${way} is left so by an update that writes the object, and named before`, async () => {
            const manager = args[0]?.split("=")[1] ?? "kubectl-patch";
            // A value that stays the same stays with who wrote it first.
            await patch("kustomization/apps", { suspend: null });
            await patch("kustomization/apps", { suspend: true }, ...args);
            const says = ["Changed by hand in staging", `Kustomization apps: spec.suspend, by ${manager} at `];
            assertSays(await mustPulumi("preview", "staging", writingAll()), says);
            assertSays(await mustPulumi("up -y --skip-preview", "staging", writingAll()), says);
            const { spec } = await live("kustomization/apps");
            assert.deepEqual([spec.suspend, spec.interval], [true, "7m"]);
            assert.equal((await outputs("staging")).kustomizations.apps.suspended, true);
            await mustPulumi("up -y --skip-preview", "staging", standing("staging", first));
            assert.deepEqual((await live("kustomization/apps")).spec.suspend, true);
        });
    }

    it("takes no release, and says who has stopped it and how it goes on", async () => {
        await assertRefused("staging", next, [
            "suspended: somebody has stopped Flux here",
            "Kustomization apps: spec.suspend, by Mozilla at ",
            "fix: kubectl --context staging -n flux-system patch kustomization apps",
        ]);
    });

    it("is named by npx fluxcd status, with who and since when", async () => {
        const { output } = await run("npx", ["fluxcd", "status", "--stack", "staging"], {
            env: labEnvironment(),
        });
        assert.match(output, /suspended by hand, by Mozilla at \d{4}-/, tail(output));
    });

    it("goes on when the stack file says so, and takes the release then", async () => {
        await mustPulumi("up -y --skip-preview", "staging", writingAll(false));
        assert.equal((await live("kustomization/apps")).spec.suspend, false);
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", next));
        assert.equal((await outputs("staging")).sources.apps.tag, "staging-v60.1.0");
        await mustPulumi("preview --expect-no-changes", "staging", standing("staging", next));
    });

    it("on a source is left so too, and not waited for", async () => {
        await patch("gitrepository/apps", { suspend: true });
        const args = standing("staging", { ...next, apps: { ...next.apps, interval: "4m" } });
        await mustPulumi("up -y --skip-preview", "staging", args);
        const { spec } = await live("gitrepository/apps");
        assert.deepEqual([spec.suspend, spec.interval], [true, "4m"]);
        await patch("gitrepository/apps", { suspend: false });
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", next));
    });
});

describe("what people have set by hand on Flux's objects and controllers", () => {
    it("is left so by an update that writes the objects: annotations, variables, and a controller scaled to zero", async () => {
        await kubectl("staging", ...inFlux, "annotate", "kustomization/apps", "team.example.com/why=incident-7");
        await kubectl("staging", ...inFlux, "set", "env", "deployment/helm-controller", "GODEBUG=http2client=0");
        await kubectl("staging", ...inFlux, "scale", "deployment/helm-controller", "--replicas=0");
        const args = standing("staging", { ...next, set: { ...next.set, "fluxcd:flux": { logLevel: "debug" } } });
        const result = await mustPulumi("up -y --skip-preview", "staging", args);
        assertSays(result, ["Deployment helm-controller: spec.replicas, by an unknown writer"]);
        assertSays(result, ["Kustomization apps: metadata.annotations.team.example.com/why, by kubectl-annotate at "]);
        assert.equal((await live("kustomization/apps")).metadata.annotations?.["team.example.com/why"], "incident-7");
        assert.equal((await live("deployment/helm-controller")).spec.replicas, 0);
        assert.match(
            JSON.stringify(await live("deployment/helm-controller")),
            /"name":"GODEBUG","value":"http2client=0"/,
        );
        assert.match(JSON.stringify(await live("deployment/helm-controller")), /--log-level=debug/);
    });

    it("of a field that the stack declares is shown by preview --refresh, and taken back by up --refresh", async () => {
        await patch("kustomization/apps", { interval: "9m" });
        const plain = await mustPulumi("preview", "staging", standing("staging", next));
        assertSays(plain, ["Kustomization apps: spec.interval, by kubectl-patch at "]);
        const shown = await pulumi("preview --refresh --expect-no-changes", "staging", standing("staging", next));
        assert.notEqual(shown.code, 0);
        assert.match(shown.output, /Kustomization apps-kustomization update/);
        await mustPulumi("up -y --skip-preview --refresh", "staging", standing("staging", next));
        assert.equal((await live("kustomization/apps")).spec.interval, "5m");
    });

    it("is over for a controller once somebody scales it up again", async () => {
        await kubectl("staging", ...inFlux, "scale", "deployment/helm-controller", "--replicas=1");
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", next));
        assert.equal((await live("deployment/helm-controller")).spec.replicas, 1);
        await waitFor("helm-controller runs", 60, () =>
            kubectl("staging", ...inFlux, "rollout", "status", "deployment/helm-controller", "--timeout=1s"),
        );
    });
});
