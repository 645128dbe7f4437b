import type { Exemption } from "../../domain/release";
import type { Config, Settings } from "../../config/parse";
import { mapValues, required } from "../../domain/records";
import { type Release, releaseOf, type Standing, type Standings } from "../../domain/release";
import { promotedSources } from "../../config/sources";
import type { PerSource } from "./targets";
import type { SourceEdit, SourceEdits } from "../tools/stackFile";

const exemptionKeys = ["rollback", "hotfix", "reason"] as const;

/** Whether `to` differs from the release that the stack is pinned to. */
export function isChange(from: Standing | undefined, to: Release): boolean {
    const release = releaseOf(from);
    return release?.tag !== to.tag || release.commit !== to.commit;
}

/** The releases with their exemptions: the new one for a release that changes, otherwise the one it was taken with. */
export function withExemption(
    targets: PerSource<Release>,
    standings: Standings | undefined,
    exemption: Exemption | undefined,
): PerSource<Release> {
    return mapValues(targets, ({ tag, commit }, name): Release => {
        const from = releaseOf(standings?.[name]);
        const kept = isChange(from, { tag, commit }) ? exemption : from?.exemption;
        return { tag, commit, ...(kept && { exemption: kept }) };
    });
}

/**
 * The edits of the stack file with which the stack takes the releases. A source that already has its release is left
 * out.
 */
export function editsFor(config: Config, targets: PerSource<Release>): SourceEdits {
    const edits = Object.entries(targets).flatMap(([name, target]) => {
        const { ref, exemption } = required(config.sources, name);
        const same =
            "tag" in ref &&
            ref.tag === target.tag &&
            (ref.commit ?? target.commit) === target.commit &&
            exemption?.kind === target.exemption?.kind &&
            exemption?.reason === target.exemption?.reason;
        return same ? [] : [[name, editFor(target)] as const];
    });
    return Object.fromEntries(edits);
}

/** The edit with which a source takes a release. */
export function editFor({ tag, exemption }: Release): SourceEdit {
    const set = exemption && { [exemption.kind]: true as const, reason: exemption.reason };
    return { tag, ...(set && { set }), remove: [...exemptionKeys, "commit", "branch"] };
}

/** The settings after the edits of the stack file. */
export function editedSettings(settings: Settings, edits: SourceEdits): Settings {
    const key = "fluxcd:sources";
    const sources = JSON.parse(settings.values[key] ?? "{}") as Record<string, Record<string, unknown>>;
    const edited = Object.entries(edits).map(([name, { tag, set, remove }]) => {
        const kept = Object.entries(sources[name] ?? {}).filter(([field]) => !(remove as string[]).includes(field));
        return [name, { ...Object.fromEntries(kept), tag, ...set }] as const;
    });
    const value = JSON.stringify({ ...sources, ...Object.fromEntries(edited) });
    return { ...settings, values: { ...settings.values, [key]: value } };
}

/** The standings that the edited settings ask for, with the commits that are known. */
export async function standingsAfter(
    config: Config,
    targets: PerSource<Release>,
    standings: Standings | undefined,
    commitOf: (source: string, tag: string) => Promise<string | undefined>,
): Promise<Standings> {
    const after = promotedSources(config).map(async ({ name, ref, exemption }): Promise<[string, Standing]> => {
        const target = targets[name];
        if (target || "branch" in ref) {
            return [name, target ?? (ref as { branch: string })];
        }
        // This source is not promoted now, but its tag may have been edited by hand. `pulumi up` takes both changes.
        const from = releaseOf(standings?.[name]);
        const commit = from?.tag === ref.tag ? from.commit : await commitOf(name, ref.tag);
        return [name, { tag: ref.tag, commit: commit ?? "", ...(exemption && { exemption }) }];
    });
    return Object.fromEntries(await Promise.all(after));
}
