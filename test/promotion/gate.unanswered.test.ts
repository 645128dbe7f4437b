import assert from "node:assert/strict";

import type { Exemption } from "../../domain/release";
import { assertRefused, from, refusals, to } from "./gateFacts";

const rollback: Exemption = { kind: "rollback", reason: "1.1.0 leaks memory" };
const hotfix: Exemption = { kind: "hotfix", reason: "CVE-2026-1234" };

describe("The gate, if GitHub did not compare the releases", () => {
    const ancestry = { unanswered: "502" };

    it("refuses a promotion, says why, and claims no difference of the histories", () => {
        const found = refusals({ ancestry });
        assertRefused(found, ["no-comparison", "fluxcd:sources.apps.tag"]);
        const [{ expected, fix } = assert.fail()] = found;
        assert.match(expected, /GitHub did not say whether it contains prod-v1\.0\.0, which runs.*: 502$/);
        assert.doesNotMatch(expected, /diverged|no common history/);
        assert.ok(fix.includes(`merge-base --is-ancestor ${from.commit} ${to.commit}`), fix);
    });

    it("refuses the release after a hotfix too, because it may go back", () => {
        assertRefused(refusals({ ancestry, from: { ...from, exemption: hotfix } }), [
            "no-comparison",
            "fluxcd:sources.apps.tag",
        ]);
    });

    it("accepts a hotfix and a rollback", () => {
        assertRefused(refusals({ ancestry, to: { ...to, exemption: hotfix } }));
        assertRefused(refusals({ ancestry, to: { ...to, exemption: rollback } }));
    });

    it("refuses a lower version as backwards without a rollback", () => {
        const back = { ...to, tag: "prod-v0.9.0" };
        assertRefused(refusals({ ancestry, to: back }), ["backwards", "fluxcd:sources.apps.tag"]);
        assertRefused(refusals({ ancestry: "unasked", to: { ...back, exemption: hotfix } }), [
            "backwards",
            "fluxcd:sources.apps.tag",
        ]);
        assertRefused(refusals({ ancestry: "unasked", to: { ...back, exemption: rollback } }));
    });

    it("tells no common history from a diverged one", () => {
        const says = (it: "diverged" | "unknown") => refusals({ ancestry: it })[0]?.expected ?? "";
        assert.match(says("unknown"), /GitHub finds no common history/);
        assert.match(says("diverged"), /their histories have diverged/);
    });

    it("accepts the first release of a stack", () => {
        assertRefused(refusals({ ancestry, from: undefined }));
    });
});
