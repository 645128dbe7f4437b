import type { Config } from "../config/parse";
import { promotedSources } from "../config/sources";
import type { Ref, Standing, Standings } from "../domain/release";

/** The standing of each promoted source that the settings ask for, with the commits of the tags on GitHub. */
export function standingsOf(
    config: Pick<Config, "sources" | "kustomizations">,
    found: Readonly<Record<string, { readonly ref: Ref } | undefined>>,
): Standings {
    const standings = promotedSources(config).map(({ name, exemption, ...source }): [string, Standing] => {
        const ref = found[name]?.ref ?? source.ref;
        return "tag" in ref
            ? [name, { tag: ref.tag, commit: ref.commit ?? "", ...(exemption && { exemption }) }]
            : [name, { branch: "branch" in ref ? ref.branch : "" }];
    });
    return Object.fromEntries(standings);
}
