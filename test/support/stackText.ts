import fc from "fast-check";

/** A stack file in one of the many ways it can be laid out, and what it comes to. */
export interface StackText {
    readonly newline: string;
    readonly endsWithNewline: boolean;
    readonly parts: readonly (Lines | Sources)[];
}

interface Lines {
    readonly lines: readonly string[];
}

type Layout = "block" | "flow on one line" | "flow on lines";

/** The map `fluxcd:sources`. */
export interface Sources {
    readonly key: string;
    readonly layout: Layout;
    readonly indent: string;
    readonly trailingComma: boolean;
    readonly comment: string;
    readonly sources: readonly (Lines | Source)[];
}

export interface Source {
    readonly name: string;
    readonly key: string;
    readonly layout: Layout;
    /** Of its entries, more than its own. */
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
    const lines = ["config:", ...parts.flatMap((part) => ("lines" in part ? part.lines : linesOfSources(part)))];
    return lines.join(newline) + (endsWithNewline ? newline : "");
}

function linesOfSources({ key, layout, indent, trailingComma, comment, sources }: Sources): string[] {
    const present = sources.filter((item) => "name" in item);
    const inLines = (comma: (source: Source) => string) =>
        sources.flatMap((item) => ("lines" in item ? item.lines : linesOf(item, indent, comma(item))));
    switch (layout) {
        case "block":
            return [`  ${key}:${comment}`, ...inLines(() => "")];
        case "flow on one line":
            return [`  ${key}: { ${present.map(onOneLine).join(", ")}${trailingComma ? "," : ""} }${comment}`];
        case "flow on lines":
            return [
                `  ${key}: {${comment}`,
                ...inLines((source) => (source === present.at(-1) && !trailingComma ? "" : ",")),
                "  }",
            ];
    }
}

function linesOf(source: Source, outer: string, comma: string): string[] {
    const { key, layout, trailingComma, comment, items } = source;
    const indent = outer + source.indent;
    switch (layout) {
        case "block":
            return [
                `${outer}${key}:${comment}`,
                ...items.flatMap((item) =>
                    "lines" in item
                        ? item.lines
                        : [`${indent}${text(item)}${item.comment}`, ...item.more.map((line) => `${indent}  ${line}`)],
                ),
            ];
        case "flow on one line":
            return [`${outer}${onOneLine(source)}${comma}${comment}`];
        case "flow on lines":
            return [
                `${outer}${key}: {${comment}`,
                ...items.flatMap((item) => {
                    const isLast = item === items.findLast((it) => "name" in it);
                    const after = isLast && !trailingComma ? "" : ",";
                    return "lines" in item ? item.lines : [`${indent}${text(item)}${after}${item.comment}`];
                }),
                `${outer}}${comma}`,
            ];
    }
}

function onOneLine({ key, space, trailingComma, items }: Source): string {
    const entries = items.filter((item) => "name" in item).map(text);
    return `${key}: {${space}${entries.join(", ")}${trailingComma ? "," : ""}${space}}`;
}

function text({ key, value }: Entry): string {
    return `${key}: ${value}`;
}

export function quotedLike(before: string, value: string): string {
    const quote = /^['"]?/.exec(before)?.[0] ?? "";
    return quote + value + quote;
}

const commentText = fc.constantFrom("#", "# why", "# tag: prod-v9.9.9", "# apps: {tag: x}", "# }, ü 🚀 '\"", "#\ttab ");
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
    interval: valueOf("5m", '"x"'),
    verify: valueOf("[a, b]", "{ tag: prod-v0.0.1 }"),
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

const layouts: readonly Layout[] = ["block", "flow on one line", "flow on lines"];

/** The ways in which a map can stand in another one. */
function layoutsIn(outer: Layout): readonly Layout[] {
    return outer === "flow on one line" ? [outer] : layouts.filter((layout) => outer === "block" || layout !== "block");
}

/** A source whose entries are the tag and any of the names. */
function sourceOf(name: string, names: readonly string[], outer: Layout): fc.Arbitrary<Source> {
    return fc.tuple(fc.constantFrom(...layoutsIn(outer)), fc.shuffledSubarray([...names])).chain(([layout, others]) =>
        fc.record({
            name: fc.constant(name),
            key: keyOf(name),
            layout: fc.constant(layout),
            indent: fc.constantFrom("  ", " ", "      "),
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

/** The sources that each stack file has here, in any order. */
export const sourceNames = ["infrastructure", "apps", "platform"] as const;

function sourcesWith(names: readonly string[]): fc.Arbitrary<Sources> {
    const inOrder = fc.shuffledSubarray([...sourceNames], { minLength: sourceNames.length });
    return fc.tuple(fc.constantFrom(...layouts), inOrder).chain(([layout, order]) =>
        fc.record({
            key: keyOf("fluxcd:sources"),
            layout: fc.constant(layout),
            indent: fc.constantFrom("    ", "   ", "        "),
            trailingComma: fc.boolean(),
            comment: sameLineComment,
            sources: fc.tuple(...order.flatMap((name) => [betweenLines, sourceOf(name, names, layout)])),
        }),
    );
}

const otherPart = fc.constantFrom(
    { lines: ["  github:owner: misua"] },
    { lines: ["  fluxcd:context: production # the cluster"] },
    { lines: ["  other:sources:", "    apps:", "      tag: prod-v7.7.7", "      rollback: true"] },
    { lines: ["  fluxcd:kustomizations:", "    apps: { serviceAccountName: apps-reconciler }"] },
    { lines: ["  fluxcd:promotion:", '    freezes: [{ from: "2026-12-20", to: "2027-01-02", reason: rest }]'] },
    { lines: ["  # fluxcd:sources:", "  #   apps:", "  #     tag: prod-v6.6.6"] },
    { lines: [""] },
);

/** Any stack file; its sources have a tag, and any of the names besides. */
export function anyStackText(names: readonly string[]): fc.Arbitrary<StackText> {
    return fc.record({
        newline: fc.constantFrom("\n", "\r\n"),
        endsWithNewline: fc.boolean(),
        parts: fc
            .tuple(fc.uniqueArray(otherPart, { maxLength: 4 }), sourcesWith(names), fc.nat())
            .map(([others, sources, at]): (Lines | Sources)[] => {
                const parts: (Lines | Sources)[] = others;
                return parts.toSpliced(at % (others.length + 1), 0, sources);
            }),
    });
}

/** A stack file with these lines from the colon of the source `apps` on. */
export function stackFile(apps: readonly string[]): string {
    const [first = "", ...rest] = apps;
    return [
        "# production",
        "config:",
        "  fluxcd:sources:",
        "    infrastructure:",
        "      tag: prod-v1.0.0",
        `    apps:${first}`,
        ...rest,
        "  fluxcd:promotion: { soak: 1h }",
        "",
    ].join("\n");
}
