import { z } from "zod";

import type { Problem } from "../domain/problem";

/** How a push on GitHub reaches Flux at once. */
export interface WebhookSettings {
    /** Where GitHub reaches the cluster's Service webhook-receiver: `https://<host>`, without a path. */
    readonly url: string;
    /** Another number gives another secret. */
    readonly generation: number;
    /** The owner's repository on GitHub that each GitRepository reads, by the name of the GitRepository. */
    readonly repositories: Readonly<Record<string, string>>;
}

const expected =
    "expected the address that leads to the Service webhook-receiver, such as https://flux.dev.example.com";

/**
 * No http: whoever reads the path of a delivery knows half of what it takes to forge one. No path: Flux answers at
 * `/hook/<digest>` of the address itself.
 */
export const webhookUrlSchema = z
    .string()
    .refine((text) => text === "" || isOrigin(text), `${expected}: https, a host, and nothing after it`);

function isOrigin(text: string): boolean {
    const url = URL.parse(text);
    return url?.protocol === "https:" && url.origin === text;
}

interface Keys {
    readonly webhookUrl: string;
    readonly webhookGeneration: number;
    readonly fluxComponents: readonly string[];
    readonly sources: Readonly<Record<string, { readonly repository?: string | undefined }>>;
}

/** Without the sources of a URL, which may be anybody's: only who administers a repository makes a webhook on it. */
export function webhookOf(
    { webhookUrl: url, webhookGeneration: generation, sources }: Keys,
    own: readonly { readonly repository: string }[],
): WebhookSettings | undefined {
    const repositories = [
        ...own.map(({ repository }) => [repository, repository] as const),
        ...Object.entries(sources).flatMap(([name, { repository }]) =>
            repository === undefined ? [] : [[name, repository] as const],
        ),
    ];
    return url === "" ? undefined : { url, generation, repositories: Object.fromEntries(repositories) };
}

export function webhookProblems({ webhookUrl, fluxComponents }: Keys, stack: string): Problem[] {
    if (webhookUrl === "" || fluxComponents.includes("notification-controller")) {
        return [];
    }
    return [
        {
            key: "fluxcd:webhookUrl",
            value: webhookUrl,
            expected: "notification-controller takes what GitHub sends, and fluxcd:fluxComponents does not have it",
            fix: `add notification-controller to fluxcd:fluxComponents in Pulumi.${stack}.yaml, or pulumi config rm --stack ${stack} fluxcd:webhookUrl`,
        },
    ];
}
