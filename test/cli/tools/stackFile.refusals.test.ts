import assert from "node:assert/strict";

import { editStackFile } from "../../../cli/tools/stackFile";
import { stackFile } from "../../support/stackText";

const removeAll = ["rollback", "hotfix", "reason", "commit", "branch"] as const;

describe("Editing a stack file", () => {
    for (const [what, apps, message, remove = removeAll] of [
        ["no tag", ["", "    prune: true"], /^line 6: fluxcd:apps has no tag; expected one to change$/],
        ["a branch that stays", ["", "    branch: main"], /^line 6: fluxcd:apps has no tag/, []],
        [
            "a layout it cannot edit",
            ["", "    x: &t tag", "    tag: prod-v1.0.0", "    *t : a"],
            /cannot be edited safely; edit it by hand$/,
        ],
        ["no map", [" prod-v1.0.0"], /^line 5: fluxcd:apps is not a map; expected a map$/],
        ["nothing", [""], /^line 5: fluxcd:apps is not a map; expected a map$/],
        ["an encrypted map", ["", "    secure: v1:abc"], /^line 6: fluxcd:apps has no tag/],
        ["a tag that is a map", ["", "    tag: {a: b}"], /^line 6: fluxcd:apps\.tag is not a single value/],
        [
            "a tag on several lines",
            ["", "    tag: >-", "      prod-v1.0.0"],
            /^line 6: fluxcd:apps\.tag runs over several/,
        ],
        [
            "two tags",
            ["", "    tag: prod-v1.0.0", "    'tag': prod-v1.0.1"],
            /not valid YAML: Map keys must be unique at line 7/,
        ],
        ["the key twice", ["", "    tag: prod-v1.0.0", '  "fluxcd:apps":', "    tag: x"], /must be unique at line 7/],
        ["broken YAML", [" {tag: prod-v1.0.0"], /^the file is not valid YAML: .* at line \d+/],
        ["an anchor on the map", [" &a", "    tag: prod-v1.0.0"], /^line 6: fluxcd:apps has the anchor &a/],
        ["an anchor on the tag", ["", "    tag: &t prod-v1.0.0"], /^line 6: fluxcd:apps\.tag has the anchor &t/],
        ["an alias as the tag", ["", "    commit: &t a", "    tag: *t"], /^line 7: fluxcd:apps\.tag is the alias \*t/],
        [
            "a merged map",
            ["", "    tag: prod-v1.0.0", "    <<: {prune: true}"],
            /^line 7: fluxcd:apps merges another map/,
        ],
        [
            "a second document",
            ["", "    tag: prod-v1.0.0", "---", "config: {}"],
            /not valid YAML: .*multiple documents/,
        ],
        ["an anchor on what goes", ["", "    tag: prod-v1.0.0", "    reason: &r x", "    other: *r"], /anchor &r/],
        [
            "a key that follows a mark",
            ["", "    tag: prod-v1.0.0", "    ? hotfix", "    : true"],
            /first thing on its line/,
        ],
    ] as const) {
        it(`refuses ${what}`, () => {
            const edit = { tag: "prod-v1.1.0", remove };
            assert.throws(() => editStackFile(stackFile(apps), { apps: edit }), { message });
        });
    }

    for (const [what, text, message] of [
        ["an empty file", "", /^the file is missing; expected a map$/],
        ["no config", "encryptionsalt: x\n", /^config is missing; expected a map$/],
        ["no such key", "config:\n  fluxcd:context: dev\n", /^fluxcd:apps is missing; expected a map$/],
        [
            "an alias",
            "config:\n  a: &a {tag: x}\n  fluxcd:apps: *a\n",
            /^line 3: fluxcd:apps is the alias \*a; expected a map$/,
        ],
    ] as const) {
        it(`refuses ${what}`, () => {
            assert.throws(() => editStackFile(text, { apps: { tag: "prod-v1.1.0", remove: [] } }), { message });
        });
    }
});
