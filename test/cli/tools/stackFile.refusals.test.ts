import assert from "node:assert/strict";

import { editStackFile } from "../../../cli/tools/stackFile";
import { stackFile } from "../../support/stackText";

const removeAll = ["rollback", "hotfix", "reason", "commit", "branch"] as const;

describe("Editing a stack file", () => {
    for (const [what, apps, message, remove = removeAll] of [
        [
            "no tag and no branch",
            ["", "      interval: 5m"],
            /^line 7: fluxcd:sources\.apps has no tag; expected one to change$/,
        ],
        ["a branch that stays", ["", "      branch: main"], /^line 7: fluxcd:sources\.apps has no tag/, []],
        [
            "a layout that cannot be edited safely",
            ["", "      x: &t tag", "      tag: prod-v1.0.0", "      *t : a"],
            /cannot be edited safely; edit it by hand$/,
        ],
        ["a single value", [" prod-v1.0.0"], /^line 6: fluxcd:sources\.apps is not a map; expected a map$/],
        ["no value", [""], /^line 6: fluxcd:sources\.apps is not a map; expected a map$/],
        ["an encrypted value", ["", "      secure: v1:abc"], /^line 7: fluxcd:sources\.apps has no tag/],
        ["a tag that is a map", ["", "      tag: {a: b}"], /^line 7: fluxcd:sources\.apps\.tag is not a single value/],
        [
            "a tag that runs over several lines",
            ["", "      tag: >-", "        prod-v1.0.0"],
            /^line 7: fluxcd:sources\.apps\.tag runs over several/,
        ],
        [
            "two tags",
            ["", "      tag: prod-v1.0.0", "      'tag': prod-v1.0.1"],
            /not valid YAML: Map keys must be unique at line 8/,
        ],
        [
            "a second entry of the same name",
            ["", "      tag: prod-v1.0.0", '    "apps":', "      tag: x"],
            /must be unique at line 8/,
        ],
        [
            "a second fluxcd:sources in the file",
            ["", "      tag: prod-v1.0.0", '  "fluxcd:sources":', "    apps: {tag: x}"],
            /must be unique at line 8/,
        ],
        ["invalid YAML", [" {tag: prod-v1.0.0"], /^the file is not valid YAML: .* at line \d+/],
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
            "a map that merges another map",
            ["", "      tag: prod-v1.0.0", "      <<: {interval: 5m}"],
            /^line 8: fluxcd:sources\.apps merges another map/,
        ],
        [
            "a second YAML document after it",
            ["", "      tag: prod-v1.0.0", "---", "config: {}"],
            /not valid YAML: .*multiple documents/,
        ],
        [
            "an anchor on a value that the edit removes",
            ["", "      tag: prod-v1.0.0", "      reason: &r x", "      other: *r"],
            /anchor &r/,
        ],
        [
            "a key after a question mark",
            ["", "      tag: prod-v1.0.0", "      ? hotfix", "      : true"],
            /first thing on its line/,
        ],
    ] as const) {
        it(`refuses a source with ${what}`, () => {
            const edit = { tag: "prod-v1.1.0", remove };
            assert.throws(() => editStackFile(stackFile(apps), { apps: edit }), { message });
        });
    }

    for (const [what, text, message] of [
        ["an empty file", "", /^the file is missing; expected a map$/],
        ["a file without config", "encryptionsalt: x\n", /^config is missing; expected a map$/],
        [
            "a file without fluxcd:sources",
            "config:\n  fluxcd:context: dev\n",
            /^fluxcd:sources is missing; expected a map$/,
        ],
        [
            "a file with the old key fluxcd:apps",
            "config:\n  fluxcd:apps: {tag: prod-v1.0.0}\n",
            /^fluxcd:sources is missing; expected a map$/,
        ],
        [
            "a source that the file does not have",
            "config:\n  fluxcd:sources: {platform: {tag: x}}\n",
            /^fluxcd:sources\.apps is missing; expected a map$/,
        ],
        [
            "fluxcd:sources that is not a map",
            "config:\n  fluxcd:sources:\n    - apps\n",
            /^line 3: fluxcd:sources is not a map; expected a map$/,
        ],
        [
            "a source that is an alias",
            "config:\n  a: &a {tag: x}\n  fluxcd:sources:\n    apps: *a\n",
            /^line 4: fluxcd:sources\.apps is the alias \*a; expected a map$/,
        ],
        [
            "fluxcd:sources that is an alias",
            "config:\n  a: &a {apps: {tag: x}}\n  fluxcd:sources: *a\n",
            /^line 3: fluxcd:sources is the alias \*a; expected a map$/,
        ],
        [
            "fluxcd:sources that has an anchor",
            "config:\n  fluxcd:sources: &s\n    apps: {tag: x}\n  b: *s\n",
            /^line 3: fluxcd:sources has the anchor &s/,
        ],
        [
            "fluxcd:sources that merges another map",
            "config:\n  fluxcd:sources:\n    <<: {apps: {tag: x}}\n    apps: {tag: x}\n",
            /^line 3: fluxcd:sources merges another map/,
        ],
    ] as const) {
        it(`refuses ${what}`, () => {
            assert.throws(() => editStackFile(text, { apps: { tag: "prod-v1.1.0", remove: [] } }), { message });
        });
    }
});
