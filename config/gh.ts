const gitHub = "https://api.github.com/";

/** The host of GitHub as `gh` knows it, from the address of its API or of a request to it. */
export function hostOf(apiUrl = gitHub): string {
    return new URL(apiUrl).hostname.replace(/^api\.(?=github\.com$|[^.]+\.ghe\.com$)/, "");
}

/** The address of GitHub's API where no stack says it: the variables of the GitHub provider and of GitHub Actions. */
export function apiUrlIn(env: Readonly<NodeJS.ProcessEnv>): string {
    return [env.GITHUB_BASE_URL, env.GITHUB_API_URL].find((url = "") => URL.canParse(url)) ?? gitHub;
}

/**
 * The variables that `gh` prefers to the token it has stored: with one of them, `gh auth token` prints that very
 * variable, and `gh auth refresh` refuses. They depend on the host. GITHUB_TOKEN counts for a GitHub Enterprise Server
 * in a codespace only, but the program reads it too.
 * https://github.com/cli/go-gh/blob/trunk/pkg/auth/auth.go
 */
function preferredTo(host: string): readonly string[] {
    return host === "github.com" || host.endsWith(".ghe.com")
        ? ["GH_TOKEN", "GITHUB_TOKEN"]
        : ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITHUB_TOKEN"];
}

/** The command that sets the token where there is none. */
export function firstToken(apiUrl?: string, variable = "GITHUB_TOKEN"): string {
    return `export ${variable}=$(gh auth token --hostname ${hostOf(apiUrl)})`;
}

/** The command that replaces a token by the one that `gh` has stored, whatever the environment has. */
export function otherToken(apiUrl?: string, variable?: string): string {
    return `unset ${preferredTo(hostOf(apiUrl)).join(" ")} && ${firstToken(apiUrl, variable)}`;
}

/** The command that gives the token of `gh` more scopes, and replaces the token by it. It asks in a browser. */
export function widerToken(scopes: readonly string[], apiUrl?: string): string {
    const host = hostOf(apiUrl);
    const refresh = `gh auth refresh --hostname ${host} --scopes ${scopes.join(",")}`;
    return `unset ${preferredTo(host).join(" ")} && ${refresh} && ${firstToken(apiUrl)}`;
}
