import { z } from "zod";

import type { Problem } from "../refusal";

/** How a push on GitHub reaches Flux at once. */
export interface WebhookSettings {
    /** Where GitHub reaches the cluster's Service webhook-receiver: `https://<host>`, without a path. */
    readonly url: string;
    /** Another number gives another secret. */
    readonly generation: number;
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
}

export function webhookOf({ webhookUrl: url, webhookGeneration: generation }: Keys): WebhookSettings | undefined {
    return url === "" ? undefined : { url, generation };
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
            mend: `add notification-controller to fluxcd:fluxComponents in Pulumi.${stack}.yaml, or pulumi config rm --stack ${stack} fluxcd:webhookUrl`,
        },
    ];
}
