import assert from "node:assert/strict";

import { merged } from "../../manifest/patches";
import { customized, managerIn, named, refused } from "../support/customized";
import { releaseObjects } from "../support/release";

const source = { kind: "Deployment", name: "source-controller", namespace: "flux-system" };
const replicas = { op: "replace" as const, path: "/spec/replicas", value: 2 };
const container = "/spec/template/spec/containers/0";

describe("Patches", () => {
    it("change only their target", () => {
        const expected = releaseObjects().map((object) =>
            object.kind === "Deployment" && object.metadata.name === "source-controller"
                ? { ...object, spec: { ...(object.spec as object), replicas: 2 } }
                : object,
        );
        assert.deepEqual(customized({ patches: [{ target: source, patch: [replicas] }] }), expected);
        assert.deepEqual(customized({ patches: [{ target: source, patch: { spec: { replicas: 2 } } }] }), expected);
    });

    it("change every object of a kind, and see the changes of the other options", () => {
        const patch = [
            { op: "test" as const, path: `${container}/resources/limits/memory`, value: "512Mi" },
            { op: "add" as const, path: `${container}/args/-`, value: "--verbose" },
        ];
        const objects = customized({ size: "small", patches: [{ target: { kind: "Deployment" }, patch }] });
        assert.equal(managerIn(objects, "source-controller").args?.at(-1), "--verbose");
        assert.equal(managerIn(objects, "notification-controller").args?.at(-1), "--verbose");
    });

    it("apply in order, each to the result of the one before", () => {
        const patch = [{ op: "copy" as const, from: "/spec/replicas", path: "/spec/minReadySeconds" }];
        const objects = customized({
            patches: [
                { target: source, patch: [replicas] },
                { target: source, patch },
            ],
        });
        assert.equal(
            (named(objects, "Deployment", "source-controller").spec as { minReadySeconds?: number }).minReadySeconds,
            2,
        );
    });

    for (const [what, patch, says] of [
        ["no object matches the target", { target: { ...source, name: "flux" }, patch: [] }, /no object/],
        [
            "a path does not exist",
            { target: source, patch: [{ ...replicas, path: "/a/b" }] },
            /the patch does not apply to/,
        ],
        [
            "a test operation fails",
            { target: source, patch: [{ ...replicas, op: "test" as const }] },
            /the patch does not apply to/,
        ],
        [
            "the patch changes the name",
            { target: source, patch: { metadata: { name: "other" } } },
            /would change the identity of/,
        ],
        [
            "the patch removes the object",
            { target: source, patch: [{ op: "remove" as const, path: "" }] },
            /would change the identity of/,
        ],
    ] as const) {
        it(`are refused if ${what}`, () => {
            const [problem] = refused(
                { patches: [{ target: patch.target, patch: patch.patch as never }] },
                releaseObjects(),
            );
            assert.equal(problem?.key, "fluxcd:flux.patches.0");
            assert.match(problem.expected, says);
            assert.equal(problem.fix, "pulumi config rm --stack dev --path 'fluxcd:flux.patches[0]'");
        });
    }

    // https://www.rfc-editor.org/rfc/rfc7396#appendix-A
    for (const [target, patch, result] of [
        [{ a: "b" }, { a: "c" }, { a: "c" }],
        [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
        [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
        [{ a: "foo" }, "bar", "bar"],
        [{ e: null }, { a: 1 }, { e: null, a: 1 }],
        [[1, 2], { a: "b", c: null }, { a: "b" }],
        [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    ]) {
        it(`merge ${JSON.stringify(patch)} into ${JSON.stringify(target)} as RFC 7396 does`, () => {
            assert.deepEqual(merged(target, patch), result);
        });
    }
});
