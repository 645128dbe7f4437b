import type { Ruleset } from "../clients/repositoryFacts";

/** Whether a ruleset forbids moving and deleting every tag with a prefix. Its patterns are those of fnmatch. */
export function protectsTags({ target, isActive, includes, excludes, rules }: Ruleset, prefix: string): boolean {
    const start = `refs/tags/${prefix}`;
    // Two tags that only a pattern for all tags with this prefix has in common.
    const samples = [`${start}1.0.0`, `${start}20.30.40-rc.1`];
    return (
        target === "tag" &&
        isActive &&
        ["update", "deletion"].every((rule) => rules.includes(rule)) &&
        samples.every((tag) => includes.some((pattern) => pattern === "~ALL" || globOf(pattern).test(tag))) &&
        !excludes.some((pattern) => mayMatch(pattern, start))
    );
}

/** https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets */
function globOf(pattern: string): RegExp {
    const parts = pattern.split(/(\*\*\/|\*+|\?)/).map((part) => {
        switch (part) {
            case "**/":
                return "(?:.*/)?";
            case "?":
                return "[^/]";
            default:
                return part.startsWith("*") ? "[^/]*" : part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
        }
    });
    return new RegExp(`^${parts.join("")}$`);
}

/** Whether a pattern may match a tag that begins like this. */
function mayMatch(pattern: string, start: string): boolean {
    const [literal = ""] = pattern.split(/[*?[]/);
    return pattern === "~ALL" || literal.startsWith(start) || start.startsWith(literal);
}
