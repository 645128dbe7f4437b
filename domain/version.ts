import semver from "semver";

/** The version of a release tag such as `prod-v1.2.3`: X.Y.Z and nothing else after the prefix, or undefined for any other tag. */
export function versionOf(tag: string, prefix: string): string | undefined {
    const rest = tag.startsWith(prefix) ? tag.slice(prefix.length) : "";
    const parsed = semver.parse(rest);
    // semver takes v1.2.3, =1.2.3, spaces and build metadata too, and drops them from `version`.
    return parsed?.version === rest && parsed.prerelease.length === 0 ? rest : undefined;
}

/**
 * Below zero when `a` is the lower version, above zero when it is the higher one, else zero. Throws a TypeError when one is
 * not a version.
 */
export function compareVersions(a: string, b: string): number {
    return semver.compare(a, b);
}

/** The highest of the versions, bumped; 1.0.0 when there are none. Throws a TypeError when one is not a version. */
export function nextVersion(versions: readonly string[], bump: "major" | "minor" | "patch"): string {
    const [highest] = semver.rsort([...versions]);
    return highest === undefined ? "1.0.0" : semver.parse(highest, {}, true).inc(bump).version;
}
