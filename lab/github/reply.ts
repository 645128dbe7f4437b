export type Members = Record<string, unknown>;

/** What a handler answers; `undefined` body means none. */
export interface Reply {
    status: number;
    body?: unknown;
    headers?: Record<string, string>;
}

/** An answer that GitHub gives in its error form. */
export class GitHubError extends Error {
    readonly status: number;
    readonly errors: unknown[] | undefined;
    readonly documentation: string | undefined;

    constructor(status: number, message: string, more: { errors?: unknown[]; documentation?: string } = {}) {
        super(message);
        this.status = status;
        this.errors = more.errors;
        this.documentation = more.documentation;
    }

    reply(documentation: string): Reply {
        return {
            status: this.status,
            body: {
                message: this.message,
                ...(this.errors === undefined ? {} : { errors: this.errors }),
                documentation_url: this.documentation ?? documentation,
                status: String(this.status),
            },
        };
    }
}

/** What the stand-in does not do, as against what GitHub refuses: 501, and remembered as the lab's own error. */
export class NotServedError extends Error {}

export function notFound(): GitHubError {
    return new GitHubError(404, "Not Found");
}

export function invalid(resource: string, field: string, message: string): GitHubError {
    return new GitHubError(422, "Validation Failed", { errors: [{ resource, code: "custom", field, message }] });
}
