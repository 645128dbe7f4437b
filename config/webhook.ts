import { z } from "zod";

import type { Problem } from "../domain/problem";

/** The settings of the webhooks, which make Flux fetch at each push on GitHub. */
export interface WebhookSettings {
    /** The public URL of the cluster's Service webhook-receiver: `https://<host>`, without a path. */
    readonly url: string;
    /** A new number creates a new secret. */
    readonly generation: number;
    /** The repository of `github:owner` that each GitRepository reads, by the GitRepository's name. */
    readonly repositories: Readonly<Record<string, string>>;
}

const expected = "expected the public address of the Service webhook-receiver, such as https://flux.dev.example.com";

/**
 * Plain http is refused: a reader of the path in a delivery knows half of what is needed to forge one. A path is
 * refused, because Flux answers only at `/hook/<digest>` of the address.
 */
export const webhookSchema = z.strictObject({
    url: z.string().refine(isOrigin, `${expected}: https, a host, and nothing after it`).optional(),
    generation: z.int().min(1).default(1),
});

function isOrigin(text: string): boolean {
    const url = URL.parse(text);
    return url?.protocol === "https:" && url.origin === text;
}

/** The settings without sources that read a URL: only an administrator of a repository can create a webhook on it. */
export function webhookOf(
    { url, generation }: z.infer<typeof webhookSchema>,
    sources: Readonly<Record<string, { readonly repository: string | undefined }>>,
): WebhookSettings | undefined {
    const repositories = Object.entries(sources).flatMap(([name, { repository }]) =>
        repository === undefined ? [] : [[name, repository] as const],
    );
    return url === undefined ? undefined : { url, generation, repositories: Object.fromEntries(repositories) };
}

interface Keys {
    readonly webhook: z.infer<typeof webhookSchema>;
    readonly flux: { readonly components: readonly string[] };
}

export function webhookProblems({ webhook, flux }: Keys, stack: string): Problem[] {
    if (webhook.url === undefined || flux.components.includes("notification-controller")) {
        return [];
    }
    return [
        {
            key: "fluxcd:webhook.url",
            value: webhook.url,
            expected: "the webhook needs notification-controller, which is not in fluxcd:flux.components",
            fix: `add notification-controller to fluxcd:flux.components in Pulumi.${stack}.yaml, or pulumi config rm --stack ${stack} fluxcd:webhook`,
        },
    ];
}
