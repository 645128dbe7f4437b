import { now } from "../pulls.ts";
import { GitHubError, NotServedError, notFound } from "../reply.ts";
import type { Repository, Webhook } from "../store.ts";
import { deliverPing } from "../webhooks/deliver.ts";
import { represent, representDelivery } from "../webhooks/represent.ts";
import { type Call, type Handlers, inRepository, page, parameter, repositoryOf, viewerOf } from "./call.ts";

interface Wanted {
    name?: string;
    active?: boolean;
    events?: string[];
    config?: { url?: string; content_type?: string; insecure_ssl?: string | number; secret?: string };
    add_events?: string[];
    remove_events?: string[];
}

export const webhooks: Handlers = {
    "repos/list-webhooks": (call) => {
        viewerOf(call);
        const repository = repositoryOf(call);
        const body = page(call, repository.webhooks).map((webhook) => represent(call.lab, repository, webhook));
        return { status: 200, body };
    },

    "repos/create-webhook": (call) => {
        const repository = repositoryOf(call);
        const { name = "web", active = true, events = ["push"], config = {} } = call.body as Wanted;
        if (name !== "web") {
            throw refused("The name of a webhook is web");
        }
        const at = now();
        const webhook: Webhook = {
            id: call.lab.store.nextId(),
            active,
            events: known(events),
            config: checked(config),
            createdAt: at,
            updatedAt: at,
            lastResponse: { code: null, status: "unused", message: null },
            deliveries: [],
        };
        refuseSecond(repository, webhook);
        refuseTooMany(repository, webhook);
        repository.webhooks.push(webhook);
        call.lab.store.save();
        deliverPing(call.lab, repository, viewerOf(call).login, webhook);
        const headers = { location: inRepository(call, `/hooks/${webhook.id}`) };
        return { status: 201, body: represent(call.lab, repository, webhook), headers };
    },

    "repos/get-webhook": (call) => ({ status: 200, body: represent(call.lab, repositoryOf(call), webhookOf(call)) }),

    "repos/update-webhook": (call) => {
        const webhook = webhookOf(call);
        const wanted = call.body as Wanted;
        if (wanted.add_events !== undefined || wanted.remove_events !== undefined) {
            throw new NotServedError("add_events and remove_events of a webhook");
        }
        const { active = webhook.active, events = webhook.events } = wanted;
        // A config that is given replaces the whole of it, its secret too.
        const config = wanted.config === undefined ? webhook.config : checked(wanted.config);
        const changed = { ...webhook, active, events: known(events), config, updatedAt: now() };
        refuseSecond(repositoryOf(call), changed);
        Object.assign(webhook, changed);
        call.lab.store.save();
        return { status: 200, body: represent(call.lab, repositoryOf(call), webhook) };
    },

    "repos/delete-webhook": (call) => {
        const webhook = webhookOf(call);
        const repository = repositoryOf(call);
        repository.webhooks = repository.webhooks.filter((other) => other !== webhook);
        call.lab.store.save();
        return { status: 204 };
    },

    "repos/list-webhook-deliveries": (call) => {
        const repository = repositoryOf(call);
        const { deliveries } = webhookOf(call);
        const size = Number(call.query.get("per_page") ?? 30);
        if (call.query.has("cursor")) {
            throw new NotServedError("deliveries from a cursor on");
        }
        return {
            status: 200,
            body: deliveries.slice(0, size).map((delivery) => representDelivery(repository, delivery)),
        };
    },
};

function webhookOf(call: Call): Webhook {
    viewerOf(call);
    const webhook = repositoryOf(call).webhooks.find((one) => String(one.id) === parameter(call, "hook_id"));
    if (webhook === undefined) {
        throw notFound();
    }
    return webhook;
}

function known(events: string[]): string[] {
    const unknown = events.filter((event) => event !== "push");
    if (unknown.length > 0) {
        throw new NotServedError(`a webhook for ${unknown.join(", ")}`);
    }
    return events;
}

function checked(config: NonNullable<Wanted["config"]>): Webhook["config"] {
    const { url: text = "", content_type: type = "form", insecure_ssl: insecure = "0", secret } = config;
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol)) {
        throw refused(
            "The URL you've entered is not valid. Please make sure that you encode all special characters first",
        );
    }
    if (url.hostname === "localhost" || /^127\.|^\[::1\]$/.test(url.hostname)) {
        throw refused(`url is not supported because it isn't reachable over the public Internet (${url.hostname})`);
    }
    if (type !== "json") {
        throw new NotServedError(`a webhook of the content type ${type}`);
    }
    return {
        content_type: type,
        insecure_ssl: String(insecure),
        ...(secret === undefined || secret === "" ? {} : { secret }),
        url: text,
    };
}

/** Webhooks may share a config as long as they share no event. */
function refuseSecond(repository: Repository, { id, config, events }: Webhook): void {
    const same = ({ config: other }: Webhook): boolean =>
        other.url === config.url && other.secret === config.secret && other.insecure_ssl === config.insecure_ssl;
    const others = repository.webhooks.filter((other) => other.id !== id && same(other));
    if (others.some((other) => other.events.some((event) => events.includes(event)))) {
        throw refused("Hook already exists on this repository");
    }
}

/** Of each event. https://docs.github.com/en/webhooks/types-of-webhooks#repository-webhooks */
function refuseTooMany(repository: Repository, { events }: Webhook): void {
    const limit = 20;
    const full = events.find((event) => repository.webhooks.filter((it) => it.events.includes(event)).length >= limit);
    if (full !== undefined) {
        throw refused(`The "${full}" event cannot have more than ${limit} hooks`);
    }
}

function refused(message: string): GitHubError {
    return new GitHubError(422, "Validation Failed", { errors: [{ resource: "Hook", code: "custom", message }] });
}
