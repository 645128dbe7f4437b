import assert from "node:assert/strict";

import { applied, assertApplied, get, kubectl, reconcile } from "./support/cluster";
import { Clone } from "./support/git";
import { release } from "./support/promotion";
import { waitFor } from "./support/run";
import { builtIn, configFile, mustPulumi, outputs } from "./support/stack";

function dev(set: Record<string, unknown> = {}): string[] {
    return ["--config-file", configFile("dev", set)];
}

const kinds = { sources: "gitrepository", kustomizations: "kustomization" } as const;

interface Live {
    readonly spec: { readonly suspend?: boolean };
    readonly status: { readonly artifact?: { readonly revision: string } };
}

const live = (object: string) => get<Live>("dev", "-n", "flux-system", object);

/** Flux leaves these objects as they are, by their settings such as `sources.apps`, and no others; and the outputs say so. */
async function assertSuspended(expected: readonly string[]): Promise<void> {
    const found = await outputs("dev");
    for (const kind of ["sources", "kustomizations"] as const) {
        const shown: Readonly<Record<string, { readonly suspended?: boolean | undefined }>> = found[kind];
        for (const name of builtIn[kind]) {
            const setting = `${kind}.${name}`;
            const { spec } = await live(`${kinds[kind]}/${name}`);
            assert.equal(spec.suspend ?? false, expected.includes(setting), setting);
            assert.equal(shown[name]?.suspended, expected.includes(setting) ? true : undefined, setting);
        }
    }
}

/** Asks Flux for the apps, and for something after it that it answers. */
async function askInVain(): Promise<void> {
    const annotate = ["-n", "flux-system", "annotate", "--overwrite"];
    const now = `reconcile.fluxcd.io/requestedAt=${new Date().toISOString()}`;
    await kubectl("dev", ...annotate, "gitrepository/apps", "kustomization/apps", now);
}

describe("an emergency stop", () => {
    let clone: Clone;
    let applies: string | undefined;
    let pushed: string;

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
        ({ revision: applies } = await applied("dev", "apps"));
    });

    it("of one source suspends it alone, and says so in the outputs", async () => {
        await mustPulumi("up -y --skip-preview", "dev", dev({ "fluxcd:sources.apps.suspend": true }));
        await assertSuspended(["sources.apps"]);
    });

    it("lets no push through", async () => {
        pushed = await release(clone, "stopped");
        await askInVain();
        await reconcile("dev", "gitrepository", "infrastructure");
        await reconcile("dev", "kustomization", "infrastructure");
        assert.equal((await applied("dev", "apps")).revision, applies);
        assert.notEqual(applies, `main@sha1:${pushed}`);
    });

    it("of the whole stack suspends everything", async () => {
        await mustPulumi("up -y --skip-preview", "dev", dev({ "fluxcd:suspend": true }));
        await assertSuspended(Object.entries(builtIn).flatMap(([kind, names]) => names.map((it) => `${kind}.${it}`)));
        await askInVain();
    });

    it("changes nothing a second time", async () => {
        await mustPulumi("up -y --skip-preview --expect-no-changes", "dev", dev({ "fluxcd:suspend": true }));
        assert.equal((await applied("dev", "apps")).revision, applies);
    });

    it("of one Kustomization lets Flux fetch what was pushed, and apply nothing of it", async () => {
        await mustPulumi("up -y --skip-preview", "dev", dev({ "fluxcd:kustomizations.apps.suspend": true }));
        await assertSuspended(["kustomizations.apps"]);
        await waitFor("the push is fetched", 90, async () => {
            assert.equal((await live("gitrepository/apps")).status.artifact?.revision, `main@sha1:${pushed}`);
        });
        await askInVain();
        await reconcile("dev", "kustomization", "infrastructure");
        assert.equal((await applied("dev", "apps")).revision, applies);
    });

    it("is over when the value is taken away, which waits until what was pushed is applied", async () => {
        await mustPulumi("up -y --skip-preview", "dev", dev());
        await assertApplied("dev", "apps", `main@sha1:${pushed}`);
        await assertSuspended([]);
    });

    it("shows in the outputs too when it was made by hand", async () => {
        const patch = (suspend: boolean) =>
            kubectl(
                ...(["dev", "-n", "flux-system", "patch", "kustomization/apps", "--type=merge"] as const),
                ...["-p", JSON.stringify({ spec: { suspend } })],
            );
        await patch(true);
        await mustPulumi("up -y --skip-preview", "dev", dev());
        await assertSuspended(["kustomizations.apps"]);
        await patch(false);
        await mustPulumi("up -y --skip-preview", "dev", dev());
        await assertSuspended([]);
    });
});
