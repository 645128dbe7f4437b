/** The addresses of a GitHub: github.com, GHE.com with data residency, or a GitHub Enterprise Server. */
export interface GitHubServer {
    /** The address that the GitHub provider accepts. It adds `api/v3/` for an Enterprise Server itself. */
    readonly baseUrl: string;
    /** The address of the REST API, without a slash at its end. */
    readonly rest: string;
    /** The address of the web pages and of clones over HTTPS, without a slash at its end. */
    readonly web: string;
    /** The host of the web pages and of Git over SSH, as `gh --hostname` expects it. */
    readonly host: string;
    /** The address before the owner and the repository from which Flux derives the API. */
    readonly flux: string;
}

/**
 * All addresses of a GitHub, from the address of its API or of its web pages. It agrees with the GitHub provider:
 * https://github.com/integrations/terraform-provider-github/blob/v6.13.0/github/config.go#L187
 */
export function githubServer(address: string): GitHubServer {
    const { protocol, host, hostname, pathname } = new URL(address);
    const cloud = /^(?:www\.|api\.)?(github\.com|[a-z0-9-]+\.ghe\.com)$/.exec(hostname)?.[1];
    if (cloud !== undefined) {
        const rest = `https://api.${cloud}`;
        const web = `https://${cloud}`;
        // Flux replaces github.com only. For other hosts, its client for GitHub adds /api/v3 unless they begin with api.
        // https://github.com/fluxcd/notification-controller/blob/v1.9.3/internal/notifier/github_helpers.go#L211
        return { baseUrl: `${rest}/`, rest, web, host: cloud, flux: cloud === "github.com" ? web : rest };
    }
    const web = `${protocol}//${host}${pathname.replace(/\/(?:api(?:\/(?:v3|graphql))?\/?)?$/, "")}`;
    return { baseUrl: `${web}/`, rest: `${web}/api/v3`, web, host: hostname, flux: web };
}

export const githubAddressExpected =
    "expected the address of a GitHub without a user or a password, such as https://github.example.com/ or https://octocorp.ghe.com/";

/** Whether a text is the address of a GitHub: a URL by HTTP or HTTPS, without a user, a password or a query. */
export function isGitHubAddress(text: string): boolean {
    if (!URL.canParse(text)) {
        return false;
    }
    const { protocol, username, password, search, hash } = new URL(text);
    return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === "");
}
