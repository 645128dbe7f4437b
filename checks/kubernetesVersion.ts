import semver from "semver";

import type { Config } from "../config";
import type { Problem } from "../domain/problem";

/**
 * The oldest Kubernetes that `flux check --pre` accepts for each minor release, newest release first. Releases after
 * the newest one here need at least the same. https://fluxcd.io/flux/installation/#prerequisites
 */
const oldest = [
    { flux: "2.8.0", kubernetes: "1.33.0" },
    { flux: "2.7.0", kubernetes: "1.32.0" },
    { flux: "2.6.0", kubernetes: "1.31.0" },
    { flux: "2.5.0", kubernetes: "1.30.0" },
    // The program's own minimum, for ValidatingAdmissionPolicy.
    { flux: "2.0.0", kubernetes: "1.30.0" },
];

/** Refuses a Kubernetes that Flux does not support. Ignores a version that cannot be parsed, such as an empty one. */
export function versionProblems(
    version: string,
    { context, stack, flux }: Pick<Config, "context" | "stack" | "flux">,
): Problem[] {
    // Vendors add a suffix, as in v1.33.4-gke.1036000, which semver would order before v1.33.4.
    const found = semver.coerce(version);
    const runs = (it: { readonly kubernetes: string }) => found === null || semver.gte(found, it.kubernetes);
    const needed = oldest.find((it) => semver.gte(semver.coerce(flux.version) ?? "0.0.0", it.flux));
    if (needed === undefined || runs(needed)) {
        return [];
    }
    const newest = oldest.find(runs);
    const older =
        newest === undefined
            ? ""
            : `   (or pulumi config set --stack ${stack} fluxcd:fluxVersion, to a v${semver.major(newest.flux)}.${semver.minor(newest.flux)} for this Kubernetes)`;
    return [
        {
            key: "fluxcd:context",
            value: context,
            expected: `its cluster runs Kubernetes ${version}, and Flux ${flux.version} needs v${needed.kubernetes} or newer`,
            fix: `upgrade the cluster${older}`,
        },
    ];
}
