import assert from "node:assert/strict";

import { editStackFile } from "../../../cli/tools/stackFile";
import { stackFile } from "../../support/stackText";

const removeAll = ["rollback", "hotfix", "reason", "commit", "branch"] as const;

describe("Editing a stack file", () => {
    for (const [what, apps, message, remove = removeAll] of [
        ["no tag", ["", "      interval: 5m"], /^line 7: fluxcd:sources\.apps has no tag; expected one to change$/],
        ["a branch that stays", ["", "      branch: main"], /^line 7: fluxcd:sources\.apps has no tag/, []],
        [
            "a layout it cannot edit",
            ["", "      x: &t tag", "      tag: prod-v1.0.0", "      *t : a"],
            /cannot be edited safely; edit it by hand$/,
        ],
        ["no map", [" prod-v1.0.0"], /^line 6: fluxcd:sources\.apps is not a map; expected a map$/],
        ["nothing", [""], /^line 6: fluxcd:sources\.apps is not a map; expected a map$/],
        ["an encrypted map", ["", "      secure: v1:abc"], /^line 7: fluxcd:sources\.apps has no tag/],
        ["a tag that is a map", ["", "      tag: {a: b}"], /^line 7: fluxcd:sources\.apps\.tag is not a single value/],
        [
            "a tag on several lines",
            ["", "      tag: >-", "        prod-v1.0.0"],
            /^line 7: fluxcd:sources\.apps\.tag runs over several/,
        ],
        [
            "two tags",
            ["", "      tag: prod-v1.0.0", "      'tag': prod-v1.0.1"],
            /not valid YAML: Map keys must be unique at line 8/,
        ],
        ["the source twice", ["", "      tag: prod-v1.0.0", '    "apps":', "      tag: x"], /must be unique at line 8/],
        [
            "the key of all sources twice",
            ["", "      tag: prod-v1.0.0", '  "fluxcd:sources":', "    apps: {tag: x}"],
            /must be unique at line 8/,
        ],
        ["broken YAML", [" {tag: prod-v1.0.0"], /^the file is not valid YAML: .* at line \d+/],
        ["an anchor on the map", [" &a", "      tag: prod-v1.0.0"], /^line 7: fluxcd:sources\.apps has the anchor &a/],
        [
            "an anchor on the tag",
            ["", "      tag: &t prod-v1.0.0"],
            /^line 7: fluxcd:sources\.apps\.tag has the anchor &t/,
        ],
        [
            "an alias as the tag",
            ["", "      commit: &t a", "      tag: *t"],
            /^line 8: fluxcd:sources\.apps\.tag is the alias \*t/,
        ],
        [
            "a merged map",
            ["", "      tag: prod-v1.0.0", "      <<: {interval: 5m}"],
            /^line 8: fluxcd:sources\.apps merges another map/,
        ],
        [
            "a second document",
            ["", "      tag: prod-v1.0.0", "---", "config: {}"],
            /not valid YAML: .*multiple documents/,
        ],
        [
            "an anchor on what goes",
            ["", "      tag: prod-v1.0.0", "      reason: &r x", "      other: *r"],
            /anchor &r/,
        ],
        [
            "a key that follows a mark",
            ["", "      tag: prod-v1.0.0", "      ? hotfix", "      : true"],
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
        ["no key of sources", "config:\n  fluxcd:context: dev\n", /^fluxcd:sources is missing; expected a map$/],
        [
            "the old key of a source",
            "config:\n  fluxcd:apps: {tag: prod-v1.0.0}\n",
            /^fluxcd:sources is missing; expected a map$/,
        ],
        [
            "no such source",
            "config:\n  fluxcd:sources: {platform: {tag: x}}\n",
            /^fluxcd:sources\.apps is missing; expected a map$/,
        ],
        [
            "sources that are no map",
            "config:\n  fluxcd:sources:\n    - apps\n",
            /^line 3: fluxcd:sources is not a map; expected a map$/,
        ],
        [
            "an alias as the source",
            "config:\n  a: &a {tag: x}\n  fluxcd:sources:\n    apps: *a\n",
            /^line 4: fluxcd:sources\.apps is the alias \*a; expected a map$/,
        ],
        [
            "an alias as all sources",
            "config:\n  a: &a {apps: {tag: x}}\n  fluxcd:sources: *a\n",
            /^line 3: fluxcd:sources is the alias \*a; expected a map$/,
        ],
        [
            "an anchor on all sources",
            "config:\n  fluxcd:sources: &s\n    apps: {tag: x}\n  b: *s\n",
            /^line 3: fluxcd:sources has the anchor &s/,
        ],
        [
            "sources that are merged with another map",
            "config:\n  fluxcd:sources:\n    <<: {apps: {tag: x}}\n    apps: {tag: x}\n",
            /^line 3: fluxcd:sources merges another map/,
        ],
    ] as const) {
        it(`refuses ${what}`, () => {
            assert.throws(() => editStackFile(text, { apps: { tag: "prod-v1.1.0", remove: [] } }), { message });
        });
    }
});
