import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What the stand-in answers; a status alone has GitHub's usual words. */
export interface Answer {
    readonly status?: number;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
    /** A body that is not JSON. */
    readonly text?: string;
    /** Whether it never answers. */
    readonly isSilent?: boolean;
}

export interface Asked {
    readonly method: string;
    /** Without /api/v3 and the query. */
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: IncomingMessage["headers"];
    /** `METHOD path?query`. */
    readonly line: string;
}

export interface PagedGitHub {
    readonly url: string;
    readonly asked: Asked[];
    close(): Promise<void>;
}

type Route = (asked: Asked) => Answer | readonly unknown[] | undefined;

/** GitHub's API with lists in pages, as GitHub sends them: 30 items unless asked for more, at most 100, and a Link header. */
export async function startPagedGitHub(route: Route, { ignoresPageSize = false } = {}): Promise<PagedGitHub> {
    const asked: Asked[] = [];
    const server = createServer((message, response) => {
        const { pathname, searchParams, href } = new URL(message.url ?? "", url());
        const { method = "", headers } = message;
        const path = decodeURIComponent(pathname.replace("/api/v3", ""));
        const question = {
            method,
            path,
            query: searchParams,
            headers,
            line: `${method} ${path}${new URL(href).search}`,
        };
        asked.push(question);
        const found = route(question) ?? { status: 404, body: { message: "Not Found" } };
        const answer: Answer = Array.isArray(found)
            ? paged(found, new URL(href), ignoresPageSize ? 30 : undefined)
            : (found as Answer);
        if (answer.isSilent === true) {
            return;
        }
        const type = answer.text === undefined ? "application/json; charset=utf-8" : "text/html; charset=utf-8";
        response.writeHead(answer.status ?? 200, { "content-type": type, ...answer.headers });
        response.end(answer.text ?? JSON.stringify(answer.body));
    });
    const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        url: `${url()}/`,
        asked,
        close: () => {
            server.closeAllConnections();
            return new Promise((resolve) =>
                server.close(() => {
                    resolve();
                }),
            );
        },
    };
}

function paged(items: readonly unknown[], url: URL, fixedSize: number | undefined): Answer {
    const size = fixedSize ?? Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
    const page = Number(url.searchParams.get("page") ?? 1);
    const next = new URL(url);
    next.searchParams.set("page", String(page + 1));
    const headers = page * size < items.length ? { link: `<${next.href}>; rel="next"` } : {};
    return { body: items.slice((page - 1) * size, page * size), headers };
}
