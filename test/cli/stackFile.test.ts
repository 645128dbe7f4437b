import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { editStackFile, type SourceEdit } from "../../cli/stackFile";

const to = (tag: string, edit: Partial<SourceEdit> = {}): SourceEdit => ({ tag, remove: [], ...edit });
const removeAll = ["rollback", "hotfix", "reason", "commit", "branch"] as const;
const rollback = { rollback: true, reason: "it broke" } as const;

describe("Editing a stack file", () => {
    for (const [stack, prefix] of [
        ["staging", "staging-v"],
        ["production", "prod-v"],
    ] as const) {
        it(`changes two lines of the committed one of ${stack}`, () => {
            const text = readFileSync(`Pulumi.${stack}.yaml`, "utf8");
            const edit = to(`${prefix}7.8.9`, { remove: removeAll });
            const [before, after] = [text, editStackFile(text, { infrastructure: edit, apps: edit })].map((text) =>
                text.split("\n"),
            ) as [string[], string[]];
            assert.equal(after.length, before.length);
            const changed = after.filter((line, index) => line !== before[index]);
            assert.deepEqual(changed, [`    tag: ${prefix}7.8.9`, `    tag: ${prefix}7.8.9`]);
        });
    }

    for (const { what, apps, edit, result } of [
        {
            what: "puts an exemption after the tag, below the comment on its line",
            apps: ["", "    # the release", "    tag: prod-v1.2.3 # of May", "    # who", "    prune: true"],
            edit: to("prod-v1.2.2", { set: rollback }),
            result: [
                ...["", "    # the release", "    tag: prod-v1.2.2 # of May"],
                ...["    rollback: true", '    reason: "it broke"', "    # who", "    prune: true"],
            ],
        },
        {
            what: "takes an exemption away with the comments on its lines alone",
            apps: [
                ...["", "    hotfix: true # tonight", "    # the release", "    tag: prod-v1.2.3", "    reason: >-"],
                ...["      a fix # no comment", "      of two lines", "", "    # who", "    prune: true"],
            ],
            edit: to("prod-v1.3.0", { remove: ["hotfix", "reason"] }),
            result: ["", "    # the release", "    tag: prod-v1.3.0", "", "    # who", "    prune: true"],
        },
        {
            what: "keeps what is already as it should be",
            apps: [
                "",
                "    tag: 'prod-v1.2.3'",
                "    prune: true",
                "    reason: it broke # yesterday",
                "    rollback: true",
            ],
            edit: to("prod-v1.2.3", { set: rollback, remove: removeAll }),
            result: [
                "",
                "    tag: 'prod-v1.2.3'",
                "    prune: true",
                "    reason: it broke # yesterday",
                "    rollback: true",
            ],
        },
        {
            what: "puts the tag where the branch was",
            apps: ["", "    prune: true", "    branch: main # for now", "    wait: true"],
            edit: to("prod-v1.0.0", { remove: ["branch"] }),
            result: ["", "    prune: true", "    tag: prod-v1.0.0", "    wait: true"],
        },
        {
            what: "puts the tag where the branch was in a map on one line",
            apps: [" {branch: main, wait: true}"],
            edit: to("prod-v1.0.0", { remove: ["branch"] }),
            result: [" {tag: prod-v1.0.0, wait: true}"],
        },
        {
            what: "fills an empty tag",
            apps: ["", "    tag: # none yet", "    commit:", "    prune: true"],
            edit: to("prod-v1.0.0", { remove: ["commit"] }),
            result: ["", "    tag: prod-v1.0.0 # none yet", "    prune: true"],
        },
        {
            what: "reads JSON",
            apps: [' {"tag":"prod-v1.0.0","commit":"x","prune":true}'],
            edit: to("prod-v1.1.0", { set: { hotfix: true, reason: "x" }, remove: ["commit"] }),
            result: [' {"tag":"prod-v1.1.0", hotfix: true, reason: "x","prune":true}'],
        },
        {
            what: "takes the first entries of a map in braces away",
            apps: [" { hotfix: true , reason: x, tag: prod-v1.0.0 }"],
            edit: to("prod-v1.1.0", { remove: removeAll }),
            result: [" { tag: prod-v1.1.0 }"],
        },
        {
            what: "takes the last entry of a map in braces away",
            apps: [" { tag: prod-v1.0.0,", "      # it was", "      hotfix: true }"],
            edit: to("prod-v1.1.0", { remove: removeAll }),
            result: [" { tag: prod-v1.1.0,", "      # it was", "       }"],
        },
        {
            what: "takes entries away where commas begin the lines",
            apps: [
                "",
                "    { hotfix: true # c",
                "    , tag: prod-v1.0.0",
                "    , reason: x # why",
                "    , prune: true",
                "    }",
            ],
            edit: to("prod-v1.1.0", { remove: removeAll }),
            result: ["", "    {  # c", "     tag: prod-v1.1.0", "    , prune: true", "    }"],
        },
        {
            what: "quotes a tag that YAML may read as something else",
            apps: ["", "    tag: prod-v1.0.0"],
            edit: to("yes"),
            result: ["", '    tag: "yes"'],
        },
    ]) {
        it(what, () => {
            assert.equal(editStackFile(stackFile(apps), { apps: edit }), stackFile(result));
        });
    }

    it("keeps a byte order mark, and edits a map in a map in braces", () => {
        const text =
            "\ufeffconfig: {a:b: 1, fluxcd:apps: {tag: prod-v1.0.0}, fluxcd:infrastructure: {tag: prod-v1.0.0}}\r\n";
        const result = editStackFile(text, { apps: to("prod-v1.1.0") });
        assert.equal(result, text.replace("apps: {tag: prod-v1.0.0", "apps: {tag: prod-v1.1.0"));
    });

    it("leaves a source alone that has no edit", () => {
        const text = stackFile([" *nowhere"]);
        assert.equal(editStackFile(stackFile([" {}"]), {}), stackFile([" {}"]));
        assert.throws(() => editStackFile(text, { infrastructure: to("prod-v1.1.0") }), {
            message: /^the file is not valid YAML: .*nowhere/,
        });
    });

    for (const [what, apps, message] of [
        ["no tag", ["", "    prune: true"], /^line 6: fluxcd:apps has no tag; expected one to change$/],
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
            const edit = to("prod-v1.1.0", { remove: removeAll });
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
            assert.throws(() => editStackFile(text, { apps: to("prod-v1.1.0") }), { message });
        });
    }
});

function stackFile(apps: readonly string[]): string {
    const [first = "", ...rest] = apps;
    return [
        "# production",
        "config:",
        "  fluxcd:infrastructure:",
        "    tag: prod-v1.0.0",
        `  fluxcd:apps:${first}`,
        ...rest,
        "  fluxcd:soak: 1h",
        "",
    ].join("\n");
}
