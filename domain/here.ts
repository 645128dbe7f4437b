import { githubServer } from "./githubServer";

/** What commands in messages must name on this machine, because it is not the default of `pulumi` and of `gh`. */
export interface Here {
    /** The organization and project before the names of stacks, such as `acme/`; empty for the default ones. */
    readonly stackPrefix: string;
    readonly githubBaseUrl: string;
}

let here: Here = { stackPrefix: "", githubBaseUrl: "https://api.github.com/" };

/** Sets what `runsHere` adds. The program and the commands call it once, when they know the stack and its settings. */
export function commandsRunWith(more: Partial<Here>): void {
    here = { ...here, ...more };
}

const stackName =
    /((?:\bpulumi\b[^\n]*? (?:--stack|-s)|\bpulumi stack init|\bfluxcd (?:promote|rollback|history)) )([\w.-]+)(?![\w./-])/g;

/**
 * A text in which each command runs as printed: with the organization of its stack, and with the host of its GitHub.
 * Otherwise, `pulumi` would look for the stack in the default organization, and `gh` would ask github.com.
 */
export function runsHere(text: string, { stackPrefix, githubBaseUrl }: Here = here): string {
    const named =
        stackPrefix === ""
            ? text
            : text.replace(stackName, (_, command: string, name: string) => command + stackPrefix + name);
    const { host, web } = githubServer(githubBaseUrl);
    // gh accepts no server that speaks only HTTP.
    return host === "github.com" || !web.startsWith("https:")
        ? named
        : named
              .replaceAll("https://github.com/settings/", `${web}/settings/`)
              .replace(/\bgh auth (?:token|refresh|login|status)\b(?! --hostname)/g, `$& --hostname ${host}`);
}
