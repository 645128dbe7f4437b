// What an update would change, and whether it takes another object to do it.
import { hasUnknown, plain, type ValueMap } from "../values.ts";
import { immutableFields } from "./apply.ts";
import { isAutonamed } from "./check.ts";
import { differences, fieldPath, markReplaces, pathText, withoutIgnored, type Difference } from "./diff.ts";
import { forceNew } from "./force-new.ts";
import { at, kindOf, nameOf, namespaceOf } from "./object.ts";
import type { Provider } from "./provider.ts";
import { parseInputs, type State } from "./state.ts";

export interface Comparison {
    differences: Difference[];
    deleteBeforeReplace: boolean;
}

export async function compare(provider: Provider, old: State, request: { news: ValueMap; ignored: readonly string[] }) {
    const [before, now] = [old.inputs, parseInputs(request.news)];
    const found = withoutIgnored(differences(before, now), request.ignored);
    if (found.length === 0) return { differences: [], deleteBeforeReplace: false };
    const listed = markReplaces(found, forceNew(kindOf(now), now, provider.settings), [before, now]);
    const all = listed.some(({ replace }) => replace)
        ? listed
        : await markImmutable(provider, old, { now, found: listed });
    const replaced = all.some(({ replace }) => replace);
    const sameName =
        at(now, "metadata", "name") !== undefined &&
        !isAutonamed(now) &&
        nameOf(now) === nameOf(old.live) &&
        (namespaceOf(now) || "default") === (namespaceOf(old.live) || "default");
    return { differences: all, deleteBeforeReplace: replaced && sameName };
}

/** Beyond the known fields the API server knows best: a dry run tells. */
async function markImmutable(provider: Provider, old: State, { now, found }: { now: ValueMap; found: Difference[] }) {
    if (!provider.cluster || hasUnknown(now)) return found;
    const { cluster, settings, cancelled: signal } = provider;
    const apply = { cluster, settings, inputs: now, fieldManager: old.fieldManager, preview: true, signal };
    const fields = await immutableFields(apply, old.live);
    if (fields.length === 0) return found;
    const marked = found.map((one) => ({
        ...one,
        replace: fields.some((field) => pathText(one.path).startsWith(pathText(fieldPath(field)))),
    }));
    return marked.some(({ replace }) => replace) ? marked : found.map((one) => ({ ...one, replace: true }));
}

export const isPreviewable = (provider: Provider, news: ValueMap): boolean =>
    provider.cluster !== undefined && !hasUnknown(plain(news));
