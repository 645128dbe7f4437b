/** Text for HTML, also within an attribute. */
export function html(text: string): string {
    const entities: Readonly<Record<string, string>> = {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#39;",
    };
    return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** A revision with a short commit; the title attribute has the full one. */
export function revisionHtml(text: string | undefined): string {
    const [, ref = text ?? "none", commit = ""] = /^(.*@|)sha1:([0-9a-f]+)$/.exec(text ?? "") ?? [];
    return commit === ""
        ? `<code>${html(ref)}</code>`
        : `<code title="${html(commit)}">${html(ref)}${html(commit.slice(0, 7))}</code>`;
}

/** A time in words; the title attribute has the exact one. */
export function timeHtml(at: string, words: string): string {
    return `<time datetime="${html(at)}" title="${html(at)}">${html(words)}</time>`;
}
