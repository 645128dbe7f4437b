import assert from "node:assert/strict";

import fc from "fast-check";
import { parse } from "yaml";

import { editStackFile, type SourceEdit } from "../../../cli/tools/stackFile";
import {
    anyStackText,
    type Entry,
    quotedLike,
    render,
    type Source,
    type StackText,
    version,
} from "../../support/stackText";

const exemptions = ["rollback", "hotfix", "reason"] as const;
const others = ["serviceAccountName", "dependsOn"];
const removable = [...exemptions, "commit"] as const;

const anyReason = fc.oneof(fc.constantFrom('it\'s "broken": # {x}, *y', ""), fc.string({ unit: "grapheme-ascii" }));
const anySet = fc.oneof(
    fc.constant({}),
    fc
        .tuple(fc.constantFrom("rollback", "hotfix"), anyReason)
        .map(([kind, reason]) => ({ [kind]: true as const, reason })),
);
const anyEdit: fc.Arbitrary<SourceEdit> = fc.record({
    tag: version.map((version) => `prod-v${version}`),
    set: anySet,
    remove: fc.subarray([...removable]),
});
const anyEdits = fc.record({
    infrastructure: fc.option(anyEdit, { nil: undefined }),
    apps: fc.option(anyEdit, { nil: undefined }),
});
type Edits = typeof anyEdits extends fc.Arbitrary<infer T> ? T : never;

describe("Any stack file", () => {
    it("comes to what was asked for", () => {
        fc.assert(
            fc.property(anyStackText([...removable, ...others]), anyEdits, (stack, edits) => {
                const intended = parse(render(stack)) as { config: Record<string, Record<string, unknown>> };
                for (const [name, edit] of Object.entries(edits)) {
                    const source = intended.config[`fluxcd:${name}`] ?? {};
                    edit?.remove.forEach((key) => Reflect.deleteProperty(source, key));
                    Object.assign(source, edit?.set, edit && { tag: edit.tag });
                }
                assert.deepEqual(parse(editStackFile(render(stack), edits)), intended);
            }),
        );
    });

    it("keeps every byte that the edit is not about", () => {
        fc.assert(
            fc.property(anyStackText([...removable, ...others]), anyEdits, (stack, edits) => {
                assert.equal(editStackFile(render(stack), edits), render(edited(stack, edits)));
            }),
        );
    });

    it("is the same when it is edited once more", () => {
        fc.assert(
            fc.property(anyStackText([...removable, ...others]), anyEdits, (stack, edits) => {
                const once = editStackFile(render(stack), edits);
                assert.equal(editStackFile(once, edits), once);
            }),
        );
    });

    it("is what it was when the edit is taken back", () => {
        fc.assert(
            fc.property(anyStackText(["commit", ...others]), anySet, version, (stack, set, version) => {
                const there = { tag: `prod-v${version}`, set, remove: [] };
                const text = editStackFile(render(stack), { infrastructure: there, apps: there });
                const tags = parse(render(stack)) as { config: Record<string, { tag: string }> };
                const back = (name: string) => ({ tag: tags.config[name]?.tag ?? "", remove: [...exemptions] });
                const edits = { infrastructure: back("fluxcd:infrastructure"), apps: back("fluxcd:apps") };
                assert.equal(editStackFile(text, edits), render(stack));
            }),
        );
    });

    it("carries any reason", () => {
        fc.assert(
            fc.property(anyStackText(others), fc.string({ unit: "grapheme" }), (stack, reason) => {
                const edit = { tag: "prod-v1.2.3", set: { rollback: true as const, reason }, remove: [] };
                const text = editStackFile(render(stack), { apps: edit });
                const result = parse(text) as { config: Record<string, unknown> };
                assert.deepEqual(
                    { ...(result.config["fluxcd:apps"] as object), dependsOn: 0, serviceAccountName: 0 },
                    { tag: edit.tag, rollback: true, reason, dependsOn: 0, serviceAccountName: 0 },
                );
                assert.ok(!/[\u007f-\u009f\u2028\u2029\ufeff]/.test(text));
            }),
        );
    });
});

function edited(stack: StackText, edits: Edits): StackText {
    const parts = stack.parts.map((part) => {
        const edit = "name" in part ? edits[part.name] : undefined;
        return "name" in part && edit !== undefined ? editedSource(part, edit) : part;
    });
    return { ...stack, parts };
}

function editedSource(source: Source, { tag, set = {}, remove }: SourceEdit): Source {
    const wanted: Record<string, unknown> = { ...set };
    const present = source.items.filter((item) => "name" in item);
    const stays = ({ name, value, more }: Entry) =>
        name in wanted
            ? more.length === 0 || parse(valueText(value, more)) === wanted[name]
            : !remove.some((key) => key === name);
    const added = Object.keys(wanted)
        .filter((name) => !present.some((entry) => entry.name === name && stays(entry)))
        .map((name) => ({ name, key: name, value: JSON.stringify(wanted[name]), comment: "", more: [] }));
    const lastOf = present.at(-1);
    return {
        ...source,
        // The comma of the entry before a last one that goes stays where it is, where it has a line of its own.
        trailingComma:
            source.trailingComma || (source.layout === "flow on lines" && lastOf !== undefined && !stays(lastOf)),
        items: source.items.flatMap((item): Source["items"] => {
            if ("lines" in item) {
                return [item];
            }
            if (!stays(item)) {
                return [];
            }
            if (item.name !== "tag") {
                const value = wanted[item.name];
                const isSame = value === undefined || parse(valueText(item.value, item.more)) === value;
                return [isSame ? item : { ...item, value: JSON.stringify(value) }];
            }
            const isSame = parse(item.value) === tag;
            const changed = isSame ? item : { ...item, value: quotedLike(item.value, tag) };
            if (source.layout !== "flow on lines") {
                return [changed, ...added];
            }
            const rest = added.map(({ key, value }) => `, ${key}: ${value}`).join("");
            return [{ ...changed, value: changed.value + rest }];
        }),
    };
}

function valueText(value: string, more: readonly string[]): string {
    return [value, ...more.map((line) => ` ${line}`)].join("\n");
}
