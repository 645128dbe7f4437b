import fc from "fast-check";

/** A stack file in one of the many ways it can be laid out, and what it comes to. */
export interface StackText {
    readonly newline: string;
    readonly endsWithNewline: boolean;
    readonly parts: readonly (Lines | Source)[];
}

interface Lines {
    readonly lines: readonly string[];
}

export interface Source {
    readonly name: "infrastructure" | "apps";
    readonly key: string;
    readonly layout: "block" | "flow on one line" | "flow on lines";
    readonly indent: string;
    readonly space: string;
    readonly trailingComma: boolean;
    readonly comment: string;
    readonly items: readonly (Lines | Entry)[];
}

export interface Entry {
    readonly name: string;
    readonly key: string;
    readonly value: string;
    readonly comment: string;
    /** The further lines of a value that runs over several. */
    readonly more: readonly string[];
}

export function render({ newline, endsWithNewline, parts }: StackText): string {
    const lines = ["config:", ...parts.flatMap((part) => ("lines" in part ? part.lines : linesOf(part)))];
    return lines.join(newline) + (endsWithNewline ? newline : "");
}

function linesOf({ key, layout, indent, space, trailingComma, comment, items }: Source): string[] {
    const entries = items.filter((item) => "name" in item);
    const text = (entry: Entry) => `${entry.key}: ${entry.value}`;
    switch (layout) {
        case "block":
            return [
                `  ${key}:${comment}`,
                ...items.flatMap((item) =>
                    "lines" in item
                        ? item.lines
                        : [`${indent}${text(item)}${item.comment}`, ...item.more.map((line) => `${indent}  ${line}`)],
                ),
            ];
        case "flow on one line":
            return [`  ${key}: {${space}${entries.map(text).join(", ")}${trailingComma ? "," : ""}${space}}${comment}`];
        case "flow on lines":
            return [
                `  ${key}: {${comment}`,
                ...items.flatMap((item) => {
                    const comma = item === entries.at(-1) && !trailingComma ? "" : ",";
                    return "lines" in item ? item.lines : [`${indent}${text(item)}${comma}${item.comment}`];
                }),
                "  }",
            ];
    }
}

export function quotedLike(before: string, value: string): string {
    const quote = /^['"]?/.exec(before)?.[0] ?? "";
    return quote + value + quote;
}

const commentText = fc.constantFrom(
    "#",
    "# why",
    "# tag: prod-v9.9.9",
    "# fluxcd:apps: {tag: x}",
    "# }, ü 🚀 '\"",
    "#\ttab ",
);
const sameLineComment = fc.oneof(
    fc.constant(""),
    fc.constant("  "),
    commentText.map((text) => ` ${text}`),
);
const betweenLines = fc
    .array(
        fc.oneof(
            fc.constant(""),
            fc.tuple(fc.constantFrom("", " ", "  "), commentText).map((words) => words.join("")),
        ),
        {
            maxLength: 2,
        },
    )
    .map((lines) => ({ lines }));
const keyOf = (name: string) => fc.constantFrom(name, `"${name}"`, `'${name}'`);
const valueOf = (...values: string[]) => fc.constantFrom(...values).map((value) => ({ value, more: [] as string[] }));

export const version = fc.tuple(fc.nat(3), fc.nat(30), fc.nat(30)).map((numbers) => numbers.join("."));

const values: Record<string, fc.Arbitrary<{ value: string; more: string[] }>> = {
    tag: fc.tuple(version, fc.constantFrom("", "'", '"')).map(([version, quote]) => ({
        value: `${quote}prod-v${version}${quote}`,
        more: [],
    })),
    commit: valueOf("a".repeat(40), `"${"1".repeat(40)}"`),
    rollback: valueOf("true", "false", "yes"),
    hotfix: valueOf("true"),
    reason: valueOf("broken", "'it''s \"late\"'", '"a, b: {c} # d"', "2026"),
    serviceAccountName: valueOf("apps-reconciler", '"x"'),
    dependsOn: valueOf("[a, b]", "{ tag: prod-v0.0.1 }"),
};
const longReason = fc.constantFrom(
    { value: ">-", more: ["two", "lines"] },
    { value: "|", more: ["tag: prod-v8.8.8", "", "# no comment"] },
    { value: '"two', more: ['lines"'] },
);

function entryOf(name: string, layout: Source["layout"]): fc.Arbitrary<Entry> {
    const plain = values[name] ?? fc.constant({ value: "", more: [] });
    const value = name === "reason" && layout === "block" ? fc.oneof(plain, longReason) : plain;
    return fc.tuple(keyOf(name), value, sameLineComment).map(([key, { value, more }, comment]) => ({
        name,
        key,
        value,
        more,
        comment: more.length > 0 ? "" : comment,
    }));
}

/** A source whose entries are the tag and any of the names. */
function sourceOf(name: Source["name"], names: readonly string[]): fc.Arbitrary<Source> {
    const layouts = fc.constantFrom("block" as const, "flow on one line" as const, "flow on lines" as const);
    return fc.tuple(layouts, fc.shuffledSubarray([...names])).chain(([layout, others]) =>
        fc.record({
            name: fc.constant(name),
            key: keyOf(`fluxcd:${name}`),
            layout: fc.constant(layout),
            indent: fc.constantFrom("    ", "   ", "        "),
            space: fc.constantFrom("", " "),
            trailingComma: fc.boolean(),
            comment: sameLineComment,
            items: fc
                .nat(others.length)
                .chain((at) =>
                    fc.tuple(
                        ...others.toSpliced(at, 0, "tag").flatMap((entry) => [betweenLines, entryOf(entry, layout)]),
                    ),
                ),
        }),
    );
}

const otherPart = fc.constantFrom(
    { lines: ["  github:owner: misua"] },
    { lines: ["  fluxcd:context: production # the cluster"] },
    { lines: ["  other:apps:", "    tag: prod-v7.7.7", "    rollback: true"] },
    { lines: ["  fluxcd:freezes:", '    - { from: "2026-12-20", to: "2027-01-02", reason: rest }'] },
    { lines: ["  # fluxcd:apps:", "  #   tag: prod-v6.6.6"] },
    { lines: [""] },
);

/** Any stack file; its sources have a tag, and any of the names besides. */
export function anyStackText(names: readonly string[]): fc.Arbitrary<StackText> {
    return fc.record({
        newline: fc.constantFrom("\n", "\r\n"),
        endsWithNewline: fc.boolean(),
        parts: fc
            .tuple(
                fc.uniqueArray(otherPart, { maxLength: 4 }),
                sourceOf("infrastructure", names),
                sourceOf("apps", names),
                fc.nat(),
                fc.nat(),
            )
            .map(([others, infrastructure, apps, at, then]) => {
                const parts = others.toSpliced(at % (others.length + 1), 0, infrastructure as never) as (
                    Lines | Source
                )[];
                return parts.toSpliced(then % (parts.length + 1), 0, apps);
            }),
    });
}

/** A stack file with these lines from the colon of `fluxcd:apps` on. */
export function stackFile(apps: readonly string[]): string {
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
