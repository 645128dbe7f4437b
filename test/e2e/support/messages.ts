export const types = ["slack", "discord", "msteams", "generic"] as const;
export type Type = (typeof types)[number];

/** What people read of a notification. */
export interface Message {
    readonly about: string;
    readonly isError: boolean;
    readonly text: string;
    readonly fields: Readonly<Record<string, string>>;
}

interface Chat {
    readonly attachments: readonly [
        { author_name: string; color: string; text: string; fields: readonly { title: string; value: string }[] },
    ];
}

interface Cards {
    readonly attachments: readonly [
        {
            content: {
                body: readonly [
                    {
                        items: readonly [
                            { text: string },
                            { text: string; color?: string },
                            { facts: readonly { title: string; value: string }[] },
                        ];
                    },
                ];
            };
        },
    ];
}

interface Event {
    readonly involvedObject: { readonly kind: string; readonly name: string; readonly namespace: string };
    readonly severity: string;
    readonly message: string;
    readonly metadata: Readonly<Record<string, string>>;
}

function fieldsOf(pairs: readonly { title: string; value: string }[]): Record<string, string> {
    return Object.fromEntries(pairs.map(({ title, value }) => [title, value]));
}

/** What people read of each kind. */
export const read: Readonly<Record<Type, (body: unknown) => Message>> = {
    slack: chat,
    discord: chat,
    msteams: (body) => {
        const [{ content }] = (body as Cards).attachments;
        const [about, message, { facts }] = content.body[0].items;
        const isError = message.color === "attention";
        return { about: about.text, isError, text: message.text, fields: fieldsOf(facts) };
    },
    generic: (body) => {
        const { involvedObject, severity, message, metadata } = body as Event;
        const about = `${involvedObject.kind.toLowerCase()}/${involvedObject.name}.${involvedObject.namespace}`;
        return { about, isError: severity === "error", text: message, fields: metadata };
    },
};

function chat(body: unknown): Message {
    const [{ author_name: about, color, text, fields }] = (body as Chat).attachments;
    return { about, isError: color === "danger", text, fields: fieldsOf(fields) };
}
