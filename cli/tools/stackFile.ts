import { randomUUID } from "node:crypto";
import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { parse } from "yaml";

import {
    entryOf,
    insertAfter,
    isOnOneLine,
    type Place,
    placeIn,
    quoted,
    refuseAt,
    removeEntry,
    scalarOf,
    setScalar,
    type Value,
    written,
} from "./stackFileMap";

/** The edit of one source under `fluxcd:sources` in a stack file. A key in both `set` and `remove` is set. */
export interface SourceEdit {
    readonly tag: string;
    readonly set?: { readonly rollback?: true; readonly hotfix?: true; readonly reason?: string };
    readonly remove: readonly ("rollback" | "hotfix" | "reason" | "commit" | "branch")[];
}

/** The edits by the name of the source. */
export type SourceEdits = Readonly<Record<string, SourceEdit>>;

/**
 * The text of a `Pulumi.<stack>.yaml` with other tags. All other bytes stay the same. A removed key is removed together
 * with the comment on its line; a new key is inserted after the tag. If the branch is removed, the tag takes its place.
 * Throws an Error with the line and the expected content if the file cannot be edited safely.
 */
export function editStackFile(text: string, edits: SourceEdits): string {
    const wanted = Object.entries(edits);
    const result = wanted.reduce((before, [name, edit]) => editSource(before, name, edit), text);

    const intended = valuesOf(text);
    const sources = intended.config["fluxcd:sources"] ?? {};
    for (const [source, edit] of wanted) {
        const kept = Object.entries(sources[source] ?? {}).filter(
            ([name]) => !edit.remove.some((removed) => removed === name),
        );
        sources[source] = { ...Object.fromEntries(kept), tag: edit.tag, ...edit.set };
    }
    if (!isDeepStrictEqual(valuesOf(result), intended)) {
        const keys = wanted.map(([name]) => `fluxcd:sources.${name}`).join(" and ");
        throw new Error(`${keys} is laid out in a way that cannot be edited safely; edit it by hand`);
    }
    return result;
}

/**
 * Replaces a stack file atomically and keeps its mode. Throws an Error and does not change the file if its content is
 * no longer `before`.
 */
export function writeStackFile(path: string, before: string, after: string): void {
    const file = realpathSync(path);
    const temporary = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
    try {
        writeFileSync(temporary, after, { flag: "wx", flush: true });
        chmodSync(temporary, statSync(file).mode);
        if (!readFileSync(file).equals(Buffer.from(before))) {
            throw new Error(`${path} changed in the meantime, so it was not edited; run the command again`);
        }
        renameSync(temporary, file);
    } finally {
        rmSync(temporary, { force: true });
    }
}

function editSource(text: string, source: string, { tag, set = {}, remove }: SourceEdit): string {
    const settings = Object.entries(set);
    const removed = remove.filter((name) => !(name in set));
    const tagged = setTag(placeIn(text, source), tag, removed);
    const without = removed.reduce((before, name) => removeSetting(placeIn(before, source), name), tagged);
    return settings.reduceRight((before, [name, value]) => setSetting(placeIn(before, source), name, value), without);
}

function setTag(place: Place, tag: string, removed: readonly string[]): string {
    const entry = entryOf(place, "tag");
    const branch = entryOf(place, "branch");
    if (entry !== undefined) {
        const scalar = scalarOf(place, entry);
        if (!isOnOneLine(place, scalar)) {
            return refuseAt(place, scalar, `${place.key}.tag runs over several lines; expected one line`);
        }
        return setScalar(place, scalar, tag);
    }
    if (branch === undefined || !removed.includes("branch")) {
        return refuseAt(place, place.map, `${place.key} has no tag; expected one to change`);
    }
    return insertAfter(place, branch, `tag: ${written(tag)}`);
}

function setSetting(place: Place, name: string, value: Value): string {
    const entry = entryOf(place, name);
    const scalar = entry && scalarOf(place, entry);
    if (scalar !== undefined && (scalar.value === value || isOnOneLine(place, scalar))) {
        return setScalar(place, scalar, value);
    }
    const without = placeIn(removeSetting(place, name), place.source);
    const tag = entryOf(without, "tag");
    return tag === undefined ? without.text : insertAfter(without, tag, `${name}: ${quoted(value)}`);
}

function removeSetting(place: Place, name: string): string {
    const entry = entryOf(place, name);
    if (entry === undefined) {
        return place.text;
    }
    scalarOf(place, entry);
    return removeEntry(place, entry);
}

function valuesOf(text: string): { config: Record<string, Record<string, Record<string, unknown>>> } {
    try {
        return parse(text, { logLevel: "error" }) as ReturnType<typeof valuesOf>;
    } catch (error) {
        throw new Error(`the file is not valid YAML: ${String(error)}`, { cause: error });
    }
}
