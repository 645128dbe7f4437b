import assert from "node:assert/strict";

import { taken } from "../../components/taken";
import { startEngine } from "../support/engine";
import { applied, gitRepository, kustomization, source } from "../support/fluxObjects";
import { failureOf, outcome } from "../support/program";

const release = { ref: { tag: "prod-v1.2.3" } };
const found = { found: { ref: { tag: "prod-v1.2.3", commit: "a".repeat(40) } } };

describe("taken", () => {
    /** What a targeted update answers of an object that it leaves out: what the state has of it. */
    const left = (type: string, object: string, state: object) => ({
        [type]: (name: string) => (name === object ? state : {}),
    });
    const all = () => {
        const apps = source(release, found);
        const kustomizations = ["apps", "jobs"].map((name) => applied(apps, { name, dependsOn: [] }));
        return taken(apps, kustomizations);
    };
    const oldSource = left(gitRepository, "apps-source", { spec: { ref: { tag: "prod-v1.2.2" } } });
    const oldAnnotations = { "pulumi.com/waitFor": "the release before", "pulumi.com/timeoutSeconds": "180" };
    const oldKustomization = (name: string) =>
        left(kustomization, `${name}-kustomization`, { metadata: { name, annotations: oldAnnotations } });

    it("resolves if the GitRepository and each of its Kustomizations have the release", async () => {
        await startEngine("production");
        await outcome(all());
    });

    const leftOut =
        (object: string) =>
        ({ message }: Error) => {
            assert.match(message, /^Stack production is half way\.\n/);
            assert.match(message, /\n {2}fluxcd:sources\.apps is "prod-v1\.2\.3"\n/);
            const why = `targeted: this update has left out ${object}, by --target or --exclude, so the cluster does not run it yet`;
            assert.ok(message.includes(why), message);
            assert.match(message, /\n {4}fix: pulumi up --stack production\n/);
            return true;
        };

    it("rejects if the update left out the GitRepository", async () => {
        await startEngine("production", oldSource);
        leftOut("its GitRepository")(await failureOf(all));
    });

    for (const name of ["apps", "jobs"]) {
        it(`rejects if the update left out Kustomization ${name}`, async () => {
            await startEngine("production", oldKustomization(name));
            leftOut(`the Kustomization ${name}`)(await failureOf(all));
        });
    }

    it("does not check the cluster in a preview", async () => {
        await startEngine("production", oldSource, { preview: "existing" });
        assert.equal(await outcome(all()), undefined);
    });

    it("resolves without waiting if the stack suspends Flux", async () => {
        await startEngine("production");
        const apps = source({ ...release, suspend: true }, found);
        await outcome(taken(apps, [applied(apps, { suspend: true })]));
    });

    it("names the complete ref in the error for a source that is not promoted", async () => {
        await startEngine("production", left(gitRepository, "apps-source", { spec: { ref: { branch: "main" } } }));
        const { message } = await failureOf(() => taken(source({ ref: { branch: "release" } }), []));
        assert.match(message, /fluxcd:sources\.apps is \{"branch":"release"\}/);
    });
});
