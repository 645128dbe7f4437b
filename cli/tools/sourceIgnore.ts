/**
 * The rules for what Flux leaves out of a source. They are close to those of .gitignore, but not equal: a rule for a
 * folder also decides about its files one by one, so that a later rule can bring one back.
 * https://github.com/fluxcd/pkg/blob/sourceignore/v0.18.0/sourceignore/gitignore/pattern.go
 */
export interface Rule {
    /** The folder that the rule is for, as the parts of its path. */
    readonly folder: readonly string[];
    readonly parts: readonly string[];
    /** Whether the rule brings files back. */
    readonly keeps: boolean;
    readonly foldersOnly: boolean;
}

/** https://github.com/fluxcd/pkg/blob/sourceignore/v0.18.0/sourceignore/sourceignore.go */
const always = [".git/", ".gitignore", ".gitmodules", ".gitattributes"];
const unlessThereAreRules = [
    ...["*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"],
    ...[".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml"],
    ...["codeship-services.yml", "codeship-steps.yml", "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"],
];

/** The rules in the text of a .sourceignore file, or of a source's `ignore`. */
export function rulesIn(text: string, folder: readonly string[] = []): readonly Rule[] {
    return text
        .split(/\r?\n/)
        .flatMap((line) => (line.startsWith("#") || line.trim() === "" ? [] : [rule(line, folder)]));
}

/**
 * Whether Flux leaves a path out, by the rules of the repository and its source. Without any rule, those for images,
 * archives and CI apply.
 * https://github.com/fluxcd/pkg/blob/artifact/v0.18.1/artifact/storage/archive.go
 */
export function leavesOut(rules: readonly Rule[]): (path: string, isFolder: boolean) => boolean {
    const defaults = rules.length === 0 ? [...always, ...unlessThereAreRules] : always;
    const all = [...defaults.map((line) => rule(line, [])), ...rules].toReversed();
    return (path, isFolder) => {
        const parts = path.split("/");
        const decisive = all.find((it) => matches(it, parts, isFolder));
        return decisive !== undefined && !decisive.keeps;
    };
}

function rule(line: string, folder: readonly string[]): Rule {
    const keeps = line.startsWith("!");
    const unmarked = keeps ? line.slice(1) : line;
    const text = unmarked.endsWith("\\ ") ? unmarked : unmarked.replace(/ +$/, "");
    const foldersOnly = text.endsWith("/");
    return { folder, parts: (foldersOnly ? text.slice(0, -1) : text).split("/"), keeps, foldersOnly };
}

function matches({ folder, parts, foldersOnly }: Rule, path: readonly string[], isFolder: boolean): boolean {
    const inside = path.slice(folder.length);
    if (inside.length === 0 || folder.some((part, index) => path[index] !== part)) {
        return false;
    }
    if (parts.length > 1) {
        const rest = restAfter(parts, inside);
        return rest !== undefined && !(foldersOnly && !isFolder && rest === 0);
    }
    const at = inside.findIndex((name) => isLike(parts[0] ?? "", name));
    return at !== -1 && !(foldersOnly && !isFolder && at === inside.length - 1);
}

/** The number of parts of a path below what a rule with slashes matches; undefined if it does not match. */
function restAfter(parts: readonly string[], path: readonly string[]): number | undefined {
    let [at, matched, anyDepth] = [0, false, false];
    for (const [index, part] of parts.entries()) {
        if (part === "") {
            anyDepth = false;
        } else if (part === "**") {
            anyDepth = index < parts.length - 1;
        } else if (part.includes("**") || at === path.length) {
            return undefined;
        } else if (anyDepth) {
            anyDepth = false;
            const found = path.findIndex((name, position) => position >= at && isLike(part, name));
            matched = found !== -1;
            at = matched ? found + 1 : path.length;
        } else if (isLike(part, path[at] ?? "")) {
            matched = true;
            at += 1;
        } else {
            return undefined;
        }
    }
    return matched ? path.length - at : undefined;
}

/** Whether a name matches a pattern of Go's path/filepath.Match. A malformed one matches nothing. */
export function isLike(pattern: string, name: string, any = "[^/]"): boolean {
    return expression(pattern, any)?.test(name) ?? false;
}

function expression(pattern: string, any: string): RegExp | undefined {
    const tokens = pattern.match(/\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\.|[^\\[]/gsu) ?? [];
    if (tokens.join("") !== pattern) {
        return undefined;
    }
    const source = tokens.map((token) => {
        if (token === "*" || token === "?") {
            return token === "*" ? `${any}*` : any;
        }
        if (token.length > 1 && token.startsWith("[")) {
            const [, negation = "", members = ""] = /^\[(\^?)([^]*)\]$/.exec(token) ?? [];
            const escaped = members.replaceAll(/\\.|[^-]/gsu, (one) => escapedMember(one.at(-1) ?? ""));
            return `[${negation}${escaped}]`;
        }
        return literal(token.startsWith("\\") ? token.slice(1) : token);
    });
    try {
        return new RegExp(`^${source.join("")}$`, "su");
    } catch {
        return undefined;
    }
}

function literal(text: string): string {
    return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

function escapedMember(one: string): string {
    return one === "-" ? String.raw`\-` : literal(one);
}
