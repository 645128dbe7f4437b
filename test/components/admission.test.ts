import assert from "node:assert/strict";

import { Admission } from "../../components/admission";
import { type Engine, startEngine } from "../support/engine";
import { settled } from "../support/program";

const policies = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
const bindings = `${policies}Binding`;
const addresses = [
    { sshUrl: "git@github.com:misua/fluxcd-apps.git", httpUrl: "https://github.com/misua/fluxcd-apps.git" },
    { sshUrl: "https://example.com/further.git", httpUrl: "https://example.com/further.git" },
];

interface Policy {
    readonly failurePolicy: string;
    readonly validations: readonly { readonly expression: string; readonly messageExpression: string }[];
}

describe("Admission", () => {
    let engine: Engine;

    const admission = async (sourceUrls: string[]) => {
        engine = await startEngine();
        new Admission("flux-admission", { namespace: "flux-system", sourceUrls, addresses });
        await settled();
    };
    const namesOf = (type: string) =>
        engine
            .ofType(type)
            .map(({ inputs }) => (inputs.metadata as { name: string }).name)
            .sort();

    it("without source URLs, creates only the policy that limits accounts", async () => {
        await admission([]);
        assert.deepEqual(namesOf(policies), ["fluxcd-limited-accounts"]);
        assert.deepEqual(namesOf(bindings), ["fluxcd-limited-accounts"]);
    });

    it("limits sources to the URLs given, compared by whole path segments, and to the stack's own sources", async () => {
        await admission(["https://github.com/misua/", "oci://ghcr.io/misua"]);
        assert.deepEqual(namesOf(policies), ["fluxcd-limited-accounts", "fluxcd-source-urls"]);
        const text = JSON.stringify(engine.one(policies, "flux-admission-source-urls").inputs.spec);
        for (const list of [
            ["https://github.com/misua", "oci://ghcr.io/misua"],
            [
                "ssh://git@github.com/misua/fluxcd-apps.git",
                "https://github.com/misua/fluxcd-apps.git",
                "https://example.com/further.git",
                "https://example.com/further.git",
            ],
        ]) {
            const inCel = JSON.stringify(`[${list.map((url) => JSON.stringify(url)).join(", ")}]`).slice(1, -1);
            assert.ok(text.includes(inCel), `${inCel} is not in ${text}`);
        }
    });

    it("rejects requests that a policy cannot evaluate, and denies every violation", async () => {
        await admission(["https://github.com/misua"]);
        for (const { inputs } of engine.ofType(policies)) {
            assert.equal((inputs.spec as Policy).failurePolicy, "Fail");
        }
        for (const { inputs } of engine.ofType(bindings)) {
            const { name } = inputs.metadata as { name: string };
            assert.deepEqual(inputs.spec, { policyName: name, validationActions: ["Deny"] });
        }
    });

    it("forbids limited accounts to make Flux apply anything from Flux's own namespace", async () => {
        await admission([]);
        const { validations } = engine.one(policies, "flux-admission-limited-accounts").inputs.spec as Policy;
        assert.ok(validations.some(({ expression }) => expression.includes('request.namespace != "flux-system"')));
    });
});
