/** Options that only GNU's tools have, or that BSD's tools on macOS read in another way. */
const gnuOnly: readonly (readonly [pattern: RegExp, instead: string])[] = [
    [/\bsed\b(?=.*\s(-[a-zA-Z]*i|--in-place)(\s|$))/, "sed -i.bak, which both take"],
    [/\bsed\b.*\s'?s(.)[^']*\1[^']*\\[nt][^']*\1/, "a replacement without \\n and \\t"],
    [/\bsed\b.*\s(-r|--regexp-extended|--expression|--quiet)\b/, "sed -E, -e and -n"],
    [/\bsed\b.*\\[+?|]/, "sed -E with +, ? and |"],
    [/\bdate\b.*\s(-d|--date|-I|--iso-8601|-r)\b/, "date -u +%Y-%m-%d, or node"],
    [/\bdate\b.*%N/, "seconds"],
    [/\bgrep\b.*\s-[a-zA-Z]*P\b/, "grep -E"],
    [/\bgrep\b.*\s--perl-regexp\b/, "grep -E"],
    [/\breadlink\b.*\s-[a-z]*[fem]\b/, "cd and pwd -P"],
    [/\brealpath\b/, "cd and pwd -P"],
    [/\bbase64\b.*\s(-w|--wrap)/, "base64 with tr -d '\\n'"],
    [/\bxargs\b.*\s(-r|--no-run-if-empty|-d|--delimiter)\b/, "a loop"],
    [/\b(cp|mv)\b.*\s(--parents|-t|--target-directory|--no-clobber)\b/, "mkdir -p and cp"],
    [/\bcp\b.*\s-[a-z]*[aT]\b/, "cp -R"],
    [/\bmktemp\b.*\s(--tmpdir|--suffix|-p)\b/, "mktemp -d"],
    [/\bmktemp\b(?!.*\s-d)\s*($|[)|&;])/, "mktemp -d, or a template"],
    [/\bstat\b.*\s(-c|--format|--printf)\b/, "ls -l or node"],
    [/\bfind\b.*\s-(printf|executable)\b/, "find -exec"],
    [/\bfind\s+-/, "find . with the folder"],
    [/\bsort\b.*\s(-[a-zA-Z]*V|--version-sort)\b/, "another order"],
    [/\bhead\b.*\s(-n\s*-\d|-c\s*-\d|--lines|--bytes)/, "sed '$d'"],
    [/\btail\b.*\s(--lines|--pid)\b/, "tail -n"],
    [/(?:^|[|;&("`])\s*(tac|nproc|sha256sum|md5sum|timeout|shuf|numfmt)\b\s/, "a program that macOS has"],
    [/\becho\s+-[ne]\b/, "printf"],
    [/\btar\b.*\s(--transform|--wildcards|--sort)\b/, "tar without it"],
    [/(?:^|[|;&("`])\s*ls\b.*\s--[a-z]/, "ls without long options"],
    [/\btouch\b.*\s(-d|--date)\b/, "touch -t"],
    [/\bps\b.*\s--[a-z]/, "ps -o"],
    [/&>>|\|&/, "2>&1, which sh knows too"],
];

/** What a command has that does not run on macOS, and what to write instead; empty if it runs on both. */
export function notPortable(command: string): string[] {
    return gnuOnly.flatMap(([pattern, instead]) => (pattern.test(command) ? [`${command}: write ${instead}`] : []));
}
