import assert from "node:assert/strict";

import { assertApplied, reconcile } from "./support/cluster";
import { Clone } from "./support/git";
import { release, standing } from "./support/promotion";
import { tail, waitFor } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

describe("two promotions at once", () => {
    let clone: Clone;
    let commit: string;
    let args: string[];

    before(async () => {
        clone = await Clone.of("fluxcd-apps");
        commit = await release(clone, "2.5.0");
        await clone.tag("staging-v2.5.0");
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("dev is healthy", 90, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        args = standing("staging", { infrastructure: { tag: "staging-v2.2.0" }, apps: { tag: "staging-v2.5.0" } });
    });

    it("with pulumi: one wins, and the other says so", async () => {
        const results = await Promise.all([0, 1].map(() => pulumi("up -y --skip-preview", "staging", args)));
        const [won, lost] = results.sort((a, b) => (a.code ?? 1) - (b.code ?? 1));
        assert.equal(won?.code, 0, tail(won?.output ?? ""));
        assert.notEqual(lost?.code, 0);
        assert.match(lost?.output ?? "", /the stack is currently locked by 1 lock/);
        await assertApplied("staging", "apps", `staging-v2.5.0@sha1:${commit}`);
    });

    it("leave nothing to do for the one that lost", async () => {
        await mustPulumi("up -y --expect-no-changes", "staging", args);
    });
});
