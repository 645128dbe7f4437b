import type { Config } from "../config/parse";
import type { Ref, SourceName, Standing, Standings } from "../domain/release";

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
