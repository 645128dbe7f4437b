import assert from "node:assert/strict";

import { createColors } from "picocolors";
import { parse } from "yaml";

import { joinField } from "../../../cli/audit/declared";
import { type Difference, differencesBetween } from "../../../cli/audit/differences";
import type { SourceAudit } from "../../../cli/audit/gather";
import { type Manifest, manifestsOf } from "../../../cli/audit/manifests";
import { asData, forPeople } from "../../../cli/audit/print";
import { environments } from "../../support/scaffold";

const object = { kind: "Deployment", namespace: "podinfo", name: "podinfo" };
const deployment = (spec: object, extra: object = {}): Manifest => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "podinfo", namespace: "podinfo" },
    spec,
    ...extra,
});
const containers = (image: string, name = "podinfo") => ({ template: { spec: { containers: [{ name, image }] } } });
const between = (dev: Manifest[], staging: Manifest[], production: Manifest[]) =>
    differencesBetween({ dev, staging, production });
const fieldsOf = (differences: readonly Difference[]) => differences.map(({ path }) => joinField(path));

describe("fluxcd audit", () => {
    describe("comparing environments", () => {
        it("finds no difference if all objects are the same in any order", () => {
            const one = deployment({ replicas: 1 });
            const two = deployment({ replicas: 2 }, { metadata: { name: "other" } });
            assert.deepEqual(between([one, two], [two, one], [one, two]), []);
        });

        it("names a different field with its path and its value in each environment", () => {
            const at = (replicas: number) => [deployment({ replicas, paused: false })];
            assert.deepEqual(between(at(1), at(1), at(3)), [
                { object, path: ["spec", "replicas"], values: { dev: 1, staging: 1, production: 3 } },
            ]);
        });

        it("matches list items by name, wherever they are in the list", () => {
            const sidecar = { name: "sidecar", image: "b" };
            const withSidecar = { template: { spec: { containers: [sidecar, { name: "podinfo", image: "2" }] } } };
            const found = between(
                [deployment(containers("1"))],
                [deployment(containers("1"))],
                [deployment(withSidecar)],
            );
            assert.deepEqual(fieldsOf(found), [
                "spec.template.spec.containers.[name=podinfo].image",
                "spec.template.spec.containers.[name=sidecar].name",
                "spec.template.spec.containers.[name=sidecar].image",
            ]);
            assert.deepEqual(found[1]?.values, { production: "sidecar" });
        });

        it("compares a list as a whole if its items have no name", () => {
            const args = (...list: string[]) => [deployment({ args: list })];
            assert.deepEqual(fieldsOf(between(args("a"), args("a"), args("a", "b"))), ["spec.args"]);
        });

        it("finds an empty map that others do not have, and a list in another order", () => {
            const empty = between([deployment({})], [deployment({})], [deployment({ emptyDir: {} })]);
            assert.deepEqual(fieldsOf(empty), ["spec.emptyDir"]);
            const [a, b] = [
                { name: "a", value: 1 },
                { name: "b", value: 2 },
            ];
            const order = between(
                [deployment({ env: [a, b] })],
                [deployment({ env: [a, b] })],
                [deployment({ env: [b, a] })],
            );
            assert.deepEqual(fieldsOf(order), ["spec.env"]);
        });

        it("finds an object that exists only in some environments", () => {
            assert.deepEqual(between([], [], [deployment({})]), [{ object, path: [], values: { production: true } }]);
        });

        it("finds another API version of the same object", () => {
            const old = deployment({}, { apiVersion: "apps/v1beta2" });
            assert.deepEqual(fieldsOf(between([deployment({})], [deployment({})], [old])), ["apiVersion"]);
        });

        it("escapes a dot in a label's name as kustomize does", () => {
            const labelled = { ...deployment({}), metadata: { ...deployment({}).metadata, labels: { "a.io/b": "c" } } };
            assert.deepEqual(fieldsOf(between([deployment({})], [deployment({})], [labelled])), [
                "metadata.labels.a\\.io/b",
            ]);
        });
    });

    describe("reading names that kustomize generates", () => {
        const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;
        const pod = (name: string) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  config: ${name}\n`;

        it("removes the hash from the name and from every reference to it", () => {
            const [dev, production] = ["podinfo-2k9dt6hf7b", "podinfo-m52h9ct68f"].map((name) =>
                manifestsOf(`${map(name)}---\n${pod(name)}`),
            );
            assert.equal(dev?.[0]?.metadata.name, "podinfo");
            assert.deepEqual(dev, production);
        });

        it("keeps a name without a kustomize hash, and names that would become ambiguous", () => {
            for (const name of ["podinfo-settings", "podinfo-0123456789", "podinfo-2k9dt6hf7"]) {
                assert.equal(manifestsOf(map(name))[0]?.metadata.name, name);
            }
            const two = manifestsOf(`${map("podinfo-2k9dt6hf7b")}---\n${map("podinfo-m52h9ct68f")}`);
            assert.deepEqual(
                two.map(({ metadata }) => metadata.name),
                ["podinfo-2k9dt6hf7b", "podinfo-m52h9ct68f"],
            );
        });
    });

    describe("printing the report", () => {
        const commit = "c".repeat(40);
        const standings = environments.map((name) => ({ stack: name, environment: name, ref: "main", commit }));
        const audit: SourceAudit = {
            repository: "fluxcd-apps",
            ref: "main",
            commit,
            file: "apps/audit.yaml",
            standings,
            unintended: [],
            intended: [],
            stale: [],
            releases: [],
        };
        const plain = (it: SourceAudit) => forPeople(it, createColors(false));
        const image = { object, path: ["spec", "image"], values: { dev: "1", staging: "1", production: "2" } };

        it("prints one line if nothing differs", () => {
            assert.equal(plain(audit), "✓ fluxcd-apps at main (ccccccc)\n");
        });

        it("prints the object, field and values of a difference, and the YAML that declares it", () => {
            const text = plain({ ...audit, unintended: [image] });
            assert.match(text, /^✗ fluxcd-apps at main/);
            assert.match(text, /^ {4}Deployment podinfo\/podinfo +spec\.image +"1" +"1" +"2"$/m);
            const [, yaml = ""] = text.split("such as the first one:\n");
            assert.deepEqual(parse(yaml), [
                {
                    target: object,
                    fields: ["spec.image"],
                    environments: ["production"],
                    reason: "<why>",
                },
            ]);
        });

        it("prints a label that differs on many objects only once", () => {
            const reasons = ["it says where it is"];
            const labels = ["a", "b", "c"].map((name) => ({
                object: { ...object, name },
                path: ["metadata", "labels", "environment"],
                values: { dev: "dev", staging: "staging", production: "production" },
                reasons,
            }));
            assert.match(
                plain({ ...audit, intended: labels }),
                /^ {4}3 objects +metadata\.labels\.environment +"dev" +"staging" +"production" +it says where it is$/m,
            );
        });

        it("lists declarations that match nothing, and differences that another release causes", () => {
            const declaration = { target: { kind: "Deployment", name: "podinfo" }, reason: "gone" };
            const text = plain({ ...audit, stale: [{ declaration, part: undefined }], releases: [image] });
            assert.match(text, /^✗ [^]*Declared, but not found: 1\n {4}Deployment podinfo: gone\n/);
            assert.match(text, /Until all stacks have the same release: 1\n/);
        });

        it("never shows the values of a Secret", () => {
            const values = { dev: "czNjcmV0", production: "b3RoZXI=" };
            const secret = { object: { ...object, kind: "Secret" }, path: ["data", "password"], values };
            const found = { ...audit, unintended: [secret], releases: [secret] };
            for (const text of [plain(found), JSON.stringify(asData(found))]) {
                assert.doesNotMatch(text, /czNjcmV0|b3RoZXI=/);
                assert.match(text, /\(hidden\)/);
            }
        });
    });
});
