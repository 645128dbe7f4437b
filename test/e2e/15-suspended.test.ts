import assert from "node:assert/strict";

import { applied, assertApplied, get, kubectl, reconcile } from "./support/cluster";
import { Clone } from "./support/git";
import { release } from "./support/promotion";
import { configFile, mustPulumi, outputs } from "./support/stack";

/** 09 has left dev with repositories that it adopts. */
const adopted = { "fluxcd:repositories": "adopt", "fluxcd:protectBranch": false, "fluxcd:protectTags": false };

function dev(set: object = {}, apps: object = {}): string[] {
    return ["--config-file", configFile("dev", { ...adopted, ...set }, { "fluxcd:apps": apps })];
}

const objects = {
    infrastructure: ["gitrepository/fluxcd-infrastructure", "kustomization/infrastructure"],
    apps: ["gitrepository/fluxcd-apps", "kustomization/apps"],
} as const;
type Name = keyof typeof objects;

/** Whether Flux is told to leave each object of a source as it is. */
async function suspended(name: Name): Promise<boolean[]> {
    return Promise.all(
        objects[name].map(async (object) => {
            const { spec } = await get<{ spec: { suspend?: boolean } }>("dev", "-n", "flux-system", object);
            return spec.suspend ?? false;
        }),
    );
}

async function assertSuspended(expected: Record<Name, boolean>): Promise<void> {
    const found = await outputs("dev");
    for (const name of ["infrastructure", "apps"] as const) {
        assert.deepEqual(await suspended(name), [expected[name], expected[name]], name);
        assert.equal(found[name].suspended, expected[name], name);
    }
}

/** Asks Flux for the apps, and for something after it that it answers. */
async function askInVain(): Promise<void> {
    const annotate = ["-n", "flux-system", "annotate", "--overwrite"];
    const now = `reconcile.fluxcd.io/requestedAt=${new Date().toISOString()}`;
    await kubectl("dev", ...annotate, ...objects.apps, now);
}

describe("an emergency stop", () => {
    let clone: Clone;
    let applies: string | undefined;
    let pushed: string;

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
        ({ revision: applies } = await applied("dev", "apps"));
    });

    it("of one source suspends it, and says so in the outputs", async () => {
        await mustPulumi("up -y --skip-preview", "dev", dev({}, { suspend: true }));
        await assertSuspended({ infrastructure: false, apps: true });
    });

    it("lets no push through", async () => {
        pushed = await release(clone, "stopped");
        await askInVain();
        await reconcile("dev", "gitrepository", "fluxcd-infrastructure");
        await reconcile("dev", "kustomization", "infrastructure");
        assert.equal((await applied("dev", "apps")).revision, applies);
        assert.notEqual(applies, `main@sha1:${pushed}`);
    });

    it("of the whole stack suspends everything", async () => {
        await mustPulumi("up -y --skip-preview", "dev", dev({ "fluxcd:suspend": true }));
        await assertSuspended({ infrastructure: true, apps: true });
        await askInVain();
    });

    it("changes nothing a second time", async () => {
        await mustPulumi("up -y --skip-preview --expect-no-changes", "dev", dev({ "fluxcd:suspend": true }));
        assert.equal((await applied("dev", "apps")).revision, applies);
    });

    it("is over when the value is taken away, which waits until what was pushed is applied", async () => {
        await mustPulumi("up -y --skip-preview", "dev", dev());
        await assertApplied("dev", "apps", `main@sha1:${pushed}`);
        await assertSuspended({ infrastructure: false, apps: false });
    });

    it("shows in the outputs too when it was made by hand", async () => {
        const patch = (suspend: boolean) =>
            kubectl(
                ...(["dev", "-n", "flux-system", "patch", "kustomization/apps", "--type=merge"] as const),
                ...["-p", JSON.stringify({ spec: { suspend } })],
            );
        await patch(true);
        await mustPulumi("up -y --skip-preview", "dev", dev());
        const found = await outputs("dev");
        assert.deepEqual([found.infrastructure.suspended, found.apps.suspended], [false, true]);
        await patch(false);
        await mustPulumi("up -y --skip-preview", "dev", dev());
        assert.equal((await outputs("dev")).apps.suspended, false);
    });
});
