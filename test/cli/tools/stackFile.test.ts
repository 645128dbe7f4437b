import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { editStackFile, type SourceEdit } from "../../../cli/tools/stackFile";
import { stackFile } from "../../support/stackText";

const to = (tag: string, edit: Partial<SourceEdit> = {}): SourceEdit => ({ tag, remove: [], ...edit });
const removeAll = ["rollback", "hotfix", "reason", "commit", "branch"] as const;
const rollback = { rollback: true, reason: "it broke" } as const;

describe("Editing a stack file", () => {
    for (const [stack, prefix] of [
        ["staging", "staging-v"],
        ["production", "prod-v"],
    ] as const) {
        it(`changes only the two tag lines of the committed stack file of ${stack}`, () => {
            const text = readFileSync(`Pulumi.${stack}.yaml`, "utf8");
            const edit = to(`${prefix}7.8.9`, { remove: removeAll });
            const [before, after] = [text, editStackFile(text, { infrastructure: edit, apps: edit })].map((text) =>
                text.split("\n"),
            ) as [string[], string[]];
            assert.equal(after.length, before.length);
            const changed = after.filter((line, index) => line !== before[index]);
            assert.deepEqual(changed, [`      tag: ${prefix}7.8.9`, `      tag: ${prefix}7.8.9`]);
        });
    }

    for (const { what, apps, edit, result } of [
        {
            what: "puts an exemption after the tag, below the comment on its line",
            apps: ["", "      # the release", "      tag: prod-v1.2.3 # of May", "      # who", "      interval: 5m"],
            edit: to("prod-v1.2.2", { set: rollback }),
            result: [
                ...["", "      # the release", "      tag: prod-v1.2.2 # of May"],
                ...["      rollback: true", '      reason: "it broke"', "      # who", "      interval: 5m"],
            ],
        },
        {
            what: "removes an exemption only with the comments on its own lines",
            apps: [
                ...[
                    "",
                    "      hotfix: true # tonight",
                    "      # the release",
                    "      tag: prod-v1.2.3",
                    "      reason: >-",
                ],
                ...["        a fix # no comment", "        of two lines", "", "      # who", "      interval: 5m"],
            ],
            edit: to("prod-v1.3.0", { remove: ["hotfix", "reason"] }),
            result: ["", "      # the release", "      tag: prod-v1.3.0", "", "      # who", "      interval: 5m"],
        },
        {
            what: "keeps values that are already correct",
            apps: [
                "",
                "      tag: 'prod-v1.2.3'",
                "      interval: 5m",
                "      reason: it broke # yesterday",
                "      rollback: true",
            ],
            edit: to("prod-v1.2.3", { set: rollback, remove: removeAll }),
            result: [
                "",
                "      tag: 'prod-v1.2.3'",
                "      interval: 5m",
                "      reason: it broke # yesterday",
                "      rollback: true",
            ],
        },
        {
            what: "keeps a reason over several lines if it is already correct",
            apps: [
                "",
                "      tag: prod-v1.2.3",
                "      interval: 5m",
                "      rollback: true",
                "      reason: >-",
                "        it",
                "        broke",
            ],
            edit: to("prod-v1.2.3", { set: rollback }),
            result: [
                "",
                "      tag: prod-v1.2.3",
                "      interval: 5m",
                "      rollback: true",
                "      reason: >-",
                "        it",
                "        broke",
            ],
        },
        {
            what: "replaces a reason over several lines if the reason changes",
            apps: [
                "",
                "      tag: prod-v1.2.3",
                "      interval: 5m",
                "      rollback: true",
                "      reason: |",
                "        it",
                "        broke",
            ],
            edit: to("prod-v1.2.3", { set: rollback }),
            result: [
                "",
                "      tag: prod-v1.2.3",
                '      reason: "it broke"',
                "      interval: 5m",
                "      rollback: true",
            ],
        },
        {
            what: "escapes characters that YAML does not allow",
            apps: ["", "      tag: prod-v1.2.3"],
            edit: to("prod-v1.2.3", { set: { reason: "a\nb\u0007\u0085\u2028\ufeffü" } }),
            result: ["", "      tag: prod-v1.2.3", '      reason: "a\\nb\\u0007\\u0085\\u2028\\ufeffü"'],
        },
        {
            what: "replaces the branch with the tag in the same place",
            apps: ["", "      interval: 5m", "      branch: main # for now", "      suspend: true"],
            edit: to("prod-v1.0.0", { remove: ["branch"] }),
            result: ["", "      interval: 5m", "      tag: prod-v1.0.0", "      suspend: true"],
        },
        {
            what: "replaces the branch with the tag in a map on one line",
            apps: [" {branch: main, suspend: true}"],
            edit: to("prod-v1.0.0", { remove: ["branch"] }),
            result: [" {tag: prod-v1.0.0, suspend: true}"],
        },
        {
            what: "fills an empty tag",
            apps: ["", "      tag: # none yet", "      commit:", "      interval: 5m"],
            edit: to("prod-v1.0.0", { remove: ["commit"] }),
            result: ["", "      tag: prod-v1.0.0 # none yet", "      interval: 5m"],
        },
        {
            what: "edits a map that is written as JSON",
            apps: [' {"tag":"prod-v1.0.0","commit":"x","interval":"5m"}'],
            edit: to("prod-v1.1.0", { set: { hotfix: true, reason: "x" }, remove: ["commit"] }),
            result: [' {"tag":"prod-v1.1.0", hotfix: true, reason: "x","interval":"5m"}'],
        },
        {
            what: "removes the first entries of a map in braces",
            apps: [" { hotfix: true , reason: x, tag: prod-v1.0.0 }"],
            edit: to("prod-v1.1.0", { remove: removeAll }),
            result: [" { tag: prod-v1.1.0 }"],
        },
        {
            what: "removes the last entry of a map in braces",
            apps: [" { tag: prod-v1.0.0,", "        # it was", "        hotfix: true }"],
            edit: to("prod-v1.1.0", { remove: removeAll }),
            result: [" { tag: prod-v1.1.0,", "        # it was", "         }"],
        },
        {
            what: "removes entries from a map whose lines begin with commas",
            apps: [
                "",
                "      { hotfix: true # c",
                "      , tag: prod-v1.0.0",
                "      , reason: x # why",
                "      , interval: 5m",
                "      }",
            ],
            edit: to("prod-v1.1.0", { remove: removeAll }),
            result: ["", "      {  # c", "       tag: prod-v1.1.0", "      , interval: 5m", "      }"],
        },
        {
            what: "quotes a tag that YAML may read as something else",
            apps: ["", "      tag: prod-v1.0.0"],
            edit: to("yes"),
            result: ["", '      tag: "yes"'],
        },
    ]) {
        it(what, () => {
            assert.equal(editStackFile(stackFile(apps), { apps: edit }), stackFile(result));
        });
    }

    it("keeps a byte order mark, and edits a nested map in braces", () => {
        const text =
            "\ufeffconfig: {a:b: 1, fluxcd:sources: {apps: {tag: prod-v1.0.0}, infrastructure: {tag: prod-v1.0.0}}}\r\n";
        const result = editStackFile(text, { apps: to("prod-v1.1.0") });
        assert.equal(result, text.replace("apps: {tag: prod-v1.0.0", "apps: {tag: prod-v1.1.0"));
    });

    it("edits any source, and no key with another name or in another place", () => {
        const text = [
            "config:",
            "  other:sources: { platform: { tag: prod-v1.0.0 } }",
            "  fluxcd:kustomizations: { platform: { path: ./platform, dependsOn: [infrastructure] } }",
            "  fluxcd:sources:",
            "    platform:",
            "      repository: fluxcd-platform",
            "      promoted: true",
            "      tag: prod-v1.0.0 # of May",
            "    podinfo: { url: https://github.com/stefanprodan/podinfo, tag: 6.11.0 }",
            "",
        ].join("\n");
        const result = editStackFile(text, { platform: to("prod-v1.1.0", { set: rollback }) });
        assert.equal(
            result,
            text.replace(
                "      tag: prod-v1.0.0 # of May\n",
                '      tag: prod-v1.1.0 # of May\n      rollback: true\n      reason: "it broke"\n',
            ),
        );
    });

    it("changes nothing in a source without an edit", () => {
        const text = stackFile([" *nowhere"]);
        assert.equal(editStackFile(stackFile([" {}"]), {}), stackFile([" {}"]));
        assert.throws(() => editStackFile(text, { infrastructure: to("prod-v1.1.0") }), {
            message: /^the file is not valid YAML: .*nowhere/,
        });
    });
});
