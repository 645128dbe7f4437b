import assert from "node:assert/strict";

import fc from "fast-check";
import { parse } from "yaml";

import { editStackFile, type SourceEdit, type SourceEdits } from "../../../cli/tools/stackFile";
import {
    anyStackText,
    type Entry,
    quotedLike,
    render,
    type Source,
    sourceNames,
    type StackText,
    version,
} from "../../support/stackText";

const exemptions = ["rollback", "hotfix", "reason"] as const;
const others = ["interval", "verify"];
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
const anyEdits: fc.Arbitrary<SourceEdits> = fc.dictionary(fc.constantFrom(...sourceNames), anyEdit, { maxKeys: 3 });

/** The values of a stack file, as Pulumi reads them. */
interface Values {
    readonly config: { readonly "fluxcd:sources": Readonly<Record<string, Record<string, unknown>>> };
}

const valuesOf = (text: string) => parse(text) as Values;

describe("Editing any stack file", () => {
    it("results in the requested values", () => {
        fc.assert(
            fc.property(anyStackText([...removable, ...others]), anyEdits, (stack, edits) => {
                const intended = valuesOf(render(stack));
                for (const [name, { tag, set, remove }] of Object.entries(edits)) {
                    const source = intended.config["fluxcd:sources"][name] ?? {};
                    remove.forEach((key) => Reflect.deleteProperty(source, key));
                    Object.assign(source, set, { tag });
                }
                assert.deepEqual(parse(editStackFile(render(stack), edits)), intended);
            }),
        );
    });

    it("keeps every byte that the edit does not concern", () => {
        fc.assert(
            fc.property(anyStackText([...removable, ...others]), anyEdits, (stack, edits) => {
                assert.equal(editStackFile(render(stack), edits), render(edited(stack, edits)));
            }),
        );
    });

    it("changes nothing if the same edit is applied again", () => {
        fc.assert(
            fc.property(anyStackText([...removable, ...others]), anyEdits, (stack, edits) => {
                const once = editStackFile(render(stack), edits);
                assert.equal(editStackFile(once, edits), once);
            }),
        );
    });

    it("restores the original text if the edit is reverted", () => {
        fc.assert(
            fc.property(anyStackText(["commit", ...others]), anySet, version, (stack, set, version) => {
                const there = { tag: `prod-v${version}`, set, remove: [] };
                const all = <T>(of: (name: string) => T) =>
                    Object.fromEntries(sourceNames.map((name) => [name, of(name)]));
                const text = editStackFile(
                    render(stack),
                    all(() => there),
                );
                const sources = valuesOf(render(stack)).config["fluxcd:sources"];
                const back = (name: string) => ({ tag: String(sources[name]?.tag), remove: exemptions });
                assert.equal(editStackFile(text, all(back)), render(stack));
            }),
        );
    });

    it("can write any reason", () => {
        fc.assert(
            fc.property(anyStackText(others), fc.string({ unit: "grapheme" }), (stack, reason) => {
                const edit = { tag: "prod-v1.2.3", set: { rollback: true as const, reason }, remove: [] };
                const text = editStackFile(render(stack), { apps: edit });
                assert.deepEqual(
                    { ...valuesOf(text).config["fluxcd:sources"].apps, interval: 0, verify: 0 },
                    { tag: edit.tag, rollback: true, reason, interval: 0, verify: 0 },
                );
                assert.ok(!/[\u007f-\u009f\u2028\u2029\ufeff]/.test(text));
            }),
        );
    });
});

function edited(stack: StackText, edits: SourceEdits): StackText {
    const parts = stack.parts.map((part) => {
        if ("lines" in part) {
            return part;
        }
        const sources = part.sources.map((item) => {
            const edit = "name" in item ? edits[item.name] : undefined;
            return "name" in item && edit !== undefined ? editedSource(item, edit) : item;
        });
        return { ...part, sources };
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
