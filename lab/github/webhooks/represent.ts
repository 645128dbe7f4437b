import type { Lab } from "../lab.ts";
import type { Members } from "../reply.ts";
import type { Delivery, Repository, Webhook } from "../store.ts";

/** A webhook as GitHub shows it: with a secret, but not which. */
export function represent(lab: Lab, repository: Repository, webhook: Webhook): Members {
    const url = urlOf(lab, repository, webhook);
    const { id, active, events, config, createdAt, updatedAt, lastResponse } = webhook;
    return {
        type: "Repository",
        id,
        name: "web",
        active,
        events,
        config: { ...config, ...(config.secret === undefined ? {} : { secret: "********" }) },
        created_at: createdAt,
        updated_at: updatedAt,
        url,
        test_url: `${url}/test`,
        ping_url: `${url}/pings`,
        deliveries_url: `${url}/deliveries`,
        last_response: lastResponse,
    };
}

export function representDelivery(repository: Repository, delivery: Delivery): Members {
    const { id, guid, event, deliveredAt, seconds, code, status } = delivery;
    return {
        id,
        guid,
        delivered_at: deliveredAt,
        redelivery: false,
        duration: seconds,
        status,
        status_code: code,
        event,
        action: null,
        installation_id: null,
        repository_id: repository.id,
        throttled_at: null,
    };
}

function urlOf(lab: Lab, { owner, name }: Repository, { id }: Webhook): string {
    return `${lab.api}/repos/${owner}/${name}/hooks/${id}`;
}
