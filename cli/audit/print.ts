import type { Colors } from "picocolors/types";
import { stringify } from "yaml";

import { plainTable } from "../terminal/table";
import { type Intended, joinField, type Stale } from "./declared";
import type { Difference, ObjectName } from "./differences";
import type { SourceAudit, Unbuilt } from "./gather";

/** The result of one repository's audit as text. */
export function forPeople(audit: SourceAudit, colors: Colors): string {
    const { unintended, intended, stale, releases, standings, file, unbuilt = [] } = audit;
    const isClean = unintended.length === 0 && stale.length === 0 && unbuilt.length === 0;
    const mark = isClean ? colors.green("✓") : colors.red("✗");
    const environments = [...new Set(standings.map(({ environment }) => environment))];
    const stacks = standings.map(({ stack }) => stack);
    const parts = [
        `${mark} ${colors.bold(audit.repository)} at ${audit.ref} (${audit.commit.slice(0, 7)})`,
        ...(unbuilt.length > 0 ? [unbuiltSection(unbuilt, colors)] : []),
        ...section(colors.red(`Not declared: ${unintended.length}`), unintended, environments),
        ...(unintended.length > 0 ? [howToDeclare(file, unintended, environments)] : []),
        ...(stale.length > 0 ? [staleSection(file, stale, colors)] : []),
        ...section(`Declared as intended: ${intended.length}`, intended, environments),
        ...section(`Until all stacks have the same release: ${releases.length}`, releases, stacks),
    ];
    return `${parts.join("\n\n")}\n`;
}

/** The result as JSON data. The values of a Secret are hidden. */
export function asData(audit: SourceAudit) {
    const plain = (it: Difference) => ({ object: it.object, field: joinField(it.path), values: shownValues(it) });
    return {
        repository: audit.repository,
        ref: audit.ref,
        commit: audit.commit,
        file: audit.file,
        standings: audit.standings,
        unintended: audit.unintended.map(plain),
        intended: audit.intended.map((it) => ({ ...plain(it), reasons: it.reasons })),
        stale: audit.stale,
        releases: audit.releases.map(plain),
        unbuilt: audit.unbuilt ?? [],
    };
}

function shownValues({ object, path, values }: Difference): Record<string, unknown> {
    const isSecret = object.kind === "Secret" && ["data", "stringData"].includes(path[0] ?? "");
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, isSecret ? "(hidden)" : value]));
}

function section(title: string, differences: readonly (Difference | Intended)[], names: readonly string[]): string[] {
    if (differences.length === 0) {
        return [];
    }
    // Prints one line for an equal change to several objects, such as the same label on thirty objects.
    const groups = groupBy(differences, (it) =>
        JSON.stringify([it.path, shownValues(it), "reasons" in it && it.reasons, it.path.length === 0 && it.object]),
    );
    const lines = groups.flatMap((group) => {
        const [first] = group;
        if (!first) {
            return [];
        }
        const values = shownValues(first);
        const why = "reasons" in first ? [first.reasons.join("; ")] : [];
        const object = group.length === 1 ? nameOf(first.object) : `${group.length} objects`;
        return [[object, joinField(first.path), ...names.map((name) => shown(values[name])), ...why]];
    });
    const hasWhy = differences.some((it) => "reasons" in it);
    return [`  ${title}\n${plainTable(["", "", ...names, ...(hasWhy ? ["why"] : [])], lines, 4)}`];
}

function nameOf({ kind, namespace, name }: ObjectName): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

const longest = 40;

function shown(value: unknown): string {
    const text = value === undefined ? "-" : value === true ? "present" : JSON.stringify(value);
    return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

function howToDeclare(file: string, unintended: readonly Difference[], environments: readonly string[]): string {
    const [first] = unintended;
    if (!first) {
        return "";
    }
    const { object, path, values } = first;
    const { kind, namespace, name } = object;
    const odd = oddOnes(values, environments);
    const entry = {
        target: { kind, ...(namespace !== undefined && { namespace }), name },
        ...(path.length > 0 && { fields: [joinField(path)] }),
        ...(odd && { environments: odd }),
        reason: "<why>",
    };
    const yaml = stringify([entry], { flowCollectionPadding: false }).trimEnd();
    const indented = yaml.replaceAll(/^/gm, "      ");
    return `  fix: make the overlays equal, or declare each difference in ${file}, such as the first one:\n${indented}`;
}

/** The one environment that differs from all others; undefined if there is none. */
function oddOnes(values: Readonly<Record<string, unknown>>, environments: readonly string[]): string[] | undefined {
    const groups = groupBy(environments, (name) => JSON.stringify([values[name]]));
    const [smallest] = groups.toSorted((a, b) => a.length - b.length);
    return groups.length === 2 && environments.length > 2 ? smallest : undefined;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
    const groups = new Map<string, T[]>();
    for (const item of items) {
        groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
    }
    return [...groups.values()];
}

function unbuiltSection(unbuilt: readonly Unbuilt[], colors: Colors): string {
    const lines = unbuilt.map(
        ({ path, ref, commit, failure }) =>
            `    ${path} does not build here at ${ref} (${commit.slice(0, 7)}):\n${failure.replaceAll(/^(?=.)/gm, "      ")}`,
    );
    const fix = unbuilt.every(({ isOnlyHere }) => isOnlyHere)
        ? "run it again where the addresses above can be reached"
        : "correct the folder; the others are compared without it";
    return `  ${colors.red(`Not compared: ${unbuilt.length}`)}\n${lines.join("\n")}\n  fix: ${fix}`;
}

function staleSection(file: string, stale: readonly Stale[], colors: Colors): string {
    const lines = stale.map(({ declaration: { target, fields = [], reason }, part }) => {
        const what = [target.kind, target.name, ...(part === undefined ? fields : [part])].filter(Boolean).join(" ");
        return `    ${what}: ${reason}`;
    });
    const title = colors.red(`Declared, but not found: ${stale.length}`);
    return `  ${title}\n${lines.join("\n")}\n  fix: remove it from ${file}, or it will allow the next such difference`;
}
