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

describe("withoutFieldsOf", () => {
    it("keeps all fields that a person has set if the stack declares none of them", () => {
        assert.deepEqual(withoutFieldsOf(fields, { spec: { path: "./apps" } }), fields);
    });

    it("removes each field that the stack declares with any value, also in list items", () => {
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

    it("removes all fields if the stack declares all of them", () => {
        const annotated = { "f:metadata": { "f:annotations": { "f:why": {} } } };
        assert.deepEqual(withoutFieldsOf(annotated, { metadata: { annotations: { why: "not" } } }), {});
    });
});
