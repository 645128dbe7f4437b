import type { Exemption } from "../../domain/release";
import type { Config, Settings } from "../../config/parse";
import type { Release, SourceName, Standing, Standings } from "../../domain/release";
import { releaseOf } from "../../domain/release";
import { entriesOf, mapSources, type PerSource } from "./targets";
import type { SourceEdit, SourceEdits } from "../tools/stackFile";

const exemptionKeys = ["rollback", "hotfix", "reason"] as const;

/** Whether a stack that stands on one release would take another by this one. */
export function isChange(from: Standing | undefined, to: Release): boolean {
    const release = releaseOf(from);
    return release?.tag !== to.tag || release.commit !== to.commit;
}

/** The releases with the exemption that holds for each: the new one where the release changes, else the one it was taken with. */
export function withExemption(
    targets: PerSource<Release>,
    standings: Standings | undefined,
    exemption: Exemption | undefined,
): PerSource<Release> {
    return mapSources(targets, ({ tag, commit }, name): Release => {
        const from = releaseOf(standings?.[name]);
        const kept = isChange(from, { tag, commit }) ? exemption : from?.exemption;
        return { tag, commit, ...(kept && { exemption: kept }) };
    });
}

/** What has to change in the stack file for a stack to take these releases; no source that says so already. */
export function editsFor(config: Config, targets: PerSource<Release>): SourceEdits {
    const edits = entriesOf(targets).flatMap(([name, target]) => {
        const { ref, exemption } = config[name];
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

/** What a stack file has to say for a source to take a release. */
export function editFor({ tag, exemption }: Release): SourceEdit {
    const set = exemption && { [exemption.kind]: true as const, reason: exemption.reason };
    return { tag, ...(set && { set }), remove: [...exemptionKeys, "commit", "branch"] };
}

/** The settings as they will be once the stack file is edited. */
export function editedSettings(settings: Settings, edits: SourceEdits): Settings {
    const changed = Object.entries(edits).map(([name, edit]) => {
        const key = `fluxcd:${name}`;
        const before = JSON.parse(settings.values[key] ?? "{}") as Record<string, unknown>;
        const removed = edit?.remove ?? [];
        const kept = Object.entries(before).filter(([field]) => !(removed as string[]).includes(field));
        return [key, JSON.stringify({ ...Object.fromEntries(kept), tag: edit?.tag, ...edit?.set })] as const;
    });
    return { ...settings, values: { ...settings.values, ...Object.fromEntries(changed) } };
}

/** Where the edited settings say the stack will stand, with the commits as far as they are known. */
export async function standingsAfter(
    config: Config,
    targets: PerSource<Release>,
    standings: Standings | undefined,
    commitOf: (source: SourceName, tag: string) => Promise<string | undefined>,
): Promise<Standings> {
    const after = async (name: SourceName): Promise<Standing> => {
        const target = targets[name];
        const { ref, exemption } = config[name];
        if (target || "branch" in ref) {
            return target ?? (ref as { branch: string });
        }
        // A source that is not promoted now, but may have been edited by hand: pulumi up takes both.
        const from = releaseOf(standings?.[name]);
        const commit = from?.tag === ref.tag ? from.commit : await commitOf(name, ref.tag);
        return { tag: ref.tag, commit: commit ?? "", ...(exemption && { exemption }) };
    };
    const [infrastructure, apps] = await Promise.all([after("infrastructure"), after("apps")]);
    return { infrastructure, apps };
}
