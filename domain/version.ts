import semver from "semver";

/** The version in a release tag such as `prod-v1.2.3`; undefined unless exactly X.Y.Z follows the prefix. */
export function versionOf(tag: string, prefix: string): string | undefined {
    const rest = tag.startsWith(prefix) ? tag.slice(prefix.length) : "";
    const parsed = semver.parse(rest);
    // semver also accepts v1.2.3, =1.2.3, spaces and build metadata, and drops them from `version`.
    return parsed?.version === rest && parsed.prerelease.length === 0 ? rest : undefined;
}

/**
 * Negative if `a` is the lower version, positive if it is the higher one, zero if they are equal. Throws a TypeError if
 * one of them is not a version.
 */
export function compareVersions(a: string, b: string): number {
    return semver.compare(a, b);
}

/** Whether a tag has a lower version than another one; false if one of them is not of the tag family. */
export function isLower(tag: string, other: string, prefix: string): boolean {
    const [version, than] = [versionOf(tag, prefix), versionOf(other, prefix)];
    return version !== undefined && than !== undefined && compareVersions(version, than) < 0;
}

/** The highest version, bumped; 1.0.0 if there are no versions. Throws a TypeError if one of them is not a version. */
export function nextVersion(versions: readonly string[], bump: "major" | "minor" | "patch"): string {
    const [highest] = semver.rsort([...versions]);
    return highest === undefined ? "1.0.0" : semver.parse(highest, {}, true).inc(bump).version;
}
