import type { Config } from "../../config/parse";
import type { SourceName } from "../../domain/release";
import type { Update } from "./drawn";
import { type PerSource, prefixes, upstreams, type Wanted } from "./simulation";

/** In minutes. */
export const soak = 5;

/** What of a stack's settings the gate goes by. */
export function settingsOf({ stack, suspended, soaks }: Update, wanted: PerSource<Wanted>, isFrozen: boolean): Config {
    const freezes = isFrozen ? [{ from: "2020-01-01", to: "2099-12-31", reason: "always" }] : [];
    const of = (name: SourceName) => {
        const { tag, commit, pinned, exemption } = wanted[name];
        const ref = { tag, ...(pinned && { commit }) };
        return { repository: `fluxcd-${name}`, ref, suspend: suspended ? true : undefined, exemption };
    };
    return {
        ...{ stack, environment: stack, tagPrefix: prefixes[stack], github: { owner: "misua" } },
        ...{ infrastructure: of("infrastructure"), apps: of("apps") },
        promotion: {
            from: upstreams[stack],
            soak: soaks ? `${soak}m` : "0s",
            calendar: { timeZone: "UTC", changeWindows: [], freezes },
        },
    } as unknown as Config;
}

const work = { field: "spec.suspend", manager: "kubectl-patch", since: "2026-01-01T00:00:00Z" };
/** A stop of everything by hand, as the preflight finds it. */
export const stoppedByHand = {
    infrastructure: { ...work, object: "Kustomization infrastructure" },
    apps: { ...work, object: "Kustomization apps" },
};
