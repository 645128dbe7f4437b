import type { Config } from "../../config/parse";
import type { Update } from "./drawn";
import { perSource, type PerSource, prefixes, type SourceName, upstreams, type Wanted } from "./simulation";

/** In minutes. */
export const soak = 5;

/** What of a stack's settings the gate goes by. */
export function settingsOf({ stack, suspended, soaks }: Update, wanted: PerSource<Wanted>, isFrozen: boolean): Config {
    const freezes = isFrozen ? [{ from: "2020-01-01", to: "2099-12-31", reason: "always" }] : [];
    const source = (name: SourceName) => {
        const { tag, commit, pinned, exemption } = wanted[name];
        const ref = { tag, ...(pinned && { commit }) };
        const suspend = suspended ? true : undefined;
        return { name, repository: `fluxcd-${name}`, promoted: true, ref, suspend, exemption };
    };
    const kustomization = (name: SourceName) => {
        return { name, source: name, dependsOn: name === "apps" ? ["infrastructure"] : [], suspend: undefined };
    };
    return {
        ...{ stack, environment: stack, context: stack, tagPrefix: prefixes[stack], github: { owner: "misua" } },
        ...{ sources: perSource(source), kustomizations: perSource(kustomization) },
        promotion: {
            from: upstreams[stack],
            soak: soaks ? `${soak}m` : "0s",
            calendar: { timeZone: "UTC", changeWindows: [], freezes },
        },
    } as unknown as Config;
}

const work = { field: "spec.suspend", manager: "kubectl-patch", since: "2026-01-01T00:00:00Z" };
/** A stop of everything by hand, as the checks find it. */
export const stoppedByHand = perSource((name) => ({ ...work, object: `Kustomization ${name}` }));
