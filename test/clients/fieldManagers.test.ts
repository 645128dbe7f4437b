import assert from "node:assert/strict";

import { withoutFieldsOf } from "../../clients/fieldManagers";

const fields = {
    "f:metadata": { "f:annotations": { "f:why": {} } },
    "f:spec": {
        "f:interval": {},
        "f:suspend": {},
        "f:containers": {
            'k:{"name":"manager"}': {
                ".": {},
                "f:image": {},
                "f:env": { 'k:{"name":"A"}': { ".": {}, "f:value": {} } },
            },
            'k:{"name":"other"}': { ".": {}, "f:name": {} },
        },
        "f:finalizers": { 'v:"a"': {}, 'v:"b"': {} },
    },
};

describe("The fields that a person has set", () => {
    it("are all left where the stack declares none of them", () => {
        assert.deepEqual(withoutFieldsOf(fields, { spec: { path: "./apps" } }), fields);
    });

    it("lose each that the stack declares, whatever its value, also in lists by the keys of an item", () => {
        const declared = {
            metadata: { annotations: {} },
            spec: { interval: "5m", containers: [{ name: "manager", image: "b" }], finalizers: ["a"] },
        };
        assert.deepEqual(withoutFieldsOf(fields, declared), {
            "f:metadata": { "f:annotations": { "f:why": {} } },
            "f:spec": {
                "f:suspend": {},
                "f:containers": {
                    'k:{"name":"manager"}': { ".": {}, "f:env": { 'k:{"name":"A"}': { ".": {}, "f:value": {} } } },
                    'k:{"name":"other"}': { ".": {}, "f:name": {} },
                },
                "f:finalizers": { 'v:"b"': {} },
            },
        });
    });

    it("are none where the stack declares them all", () => {
        const annotated = { "f:metadata": { "f:annotations": { "f:why": {} } } };
        assert.deepEqual(withoutFieldsOf(annotated, { metadata: { annotations: { why: "not" } } }), {});
    });
});
