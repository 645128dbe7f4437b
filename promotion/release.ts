import { z } from "zod";

import type { Exemption } from "../config/exemption";
import type { Config } from "../config/parse";
import type { Ref } from "../config/ref";
import type { SourceName } from "./sourceName";

export { type SourceName, sourceNames } from "./sourceName";

/** What a stack stands on in one repository: a release, or a branch that moves by itself. */
export type Standing = Release | { readonly branch: string };

export interface Release {
    readonly tag: string;
    /** The commit the tag pointed to when the stack took it. */
    readonly commit: string;
    readonly exemption?: Exemption;
}

export type Standings = Readonly<Record<SourceName, Standing>>;

/** What the settings ask for, with the commits that GitHub has behind their tags. */
export function standingsOf(
    config: Config,
    found: Readonly<Record<SourceName, { readonly ref: Ref } | undefined>>,
): Standings {
    const standing = (name: SourceName): Standing => {
        const ref = found[name]?.ref ?? config[name].ref;
        if ("branch" in ref) {
            return { branch: ref.branch };
        }
        const { exemption } = config[name];
        return { tag: ref.tag, commit: ref.commit ?? "", ...(exemption && { exemption }) };
    };
    return { infrastructure: standing("infrastructure"), apps: standing("apps") };
}

/** The release, or undefined for a branch and for nothing. */
export function releaseOf(standing: Standing | undefined): Release | undefined {
    return standing && "tag" in standing ? standing : undefined;
}

const recordedSource = z.object({
    ref: z.string(),
    commit: z.string().optional(),
    exemption: z.object({ kind: z.enum(["rollback", "hotfix"]), reason: z.string() }).optional(),
});
const recordedOutputs = z.object({
    cluster: z.object({ uid: z.string() }),
    infrastructure: recordedSource,
    apps: recordedSource,
});

/** What a stack stands on by the outputs of its last update; undefined if it has none of this program. */
export function recordedStandings(outputs: unknown): (Standings & { readonly cluster: string }) | undefined {
    const { success, data } = recordedOutputs.safeParse(outputs);
    if (!success) {
        return undefined;
    }
    const standing = ({ ref, commit, exemption }: z.infer<typeof recordedSource>): Standing =>
        commit === undefined ? { branch: ref } : { tag: ref, commit, ...(exemption && { exemption }) };
    const { cluster, infrastructure, apps } = data;
    return { cluster: cluster.uid, infrastructure: standing(infrastructure), apps: standing(apps) };
}
