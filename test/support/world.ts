import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { parseAllDocuments } from "yaml";
import { json } from "node:stream/consumers";
import { scratchFolder } from "./scratch";

export interface World {
    /** Answers by `METHOD path`, over the usual ones; a number is a status without a body, a function gives either for a request's body. */
    readonly answers: Map<string, unknown>;
    /** Headers by `METHOD path`, beside the usual ones. */
    readonly headers: Map<string, Record<string, string>>;
    /** Answers to another token than the one of the test, by that token and then by `METHOD path`. */
    readonly asOther: Map<string, Map<string, unknown>>;
    /** What was asked, as `METHOD path`. */
    readonly asked: string[];
    readonly url: string;
    close(): Promise<void>;
}

const commit = "1111111111111111111111111111111111111111";

/** GitHub's API and a cluster's, as a preview meets them: one HTTP server on this machine, and the environment to reach it. */
export async function startWorld(): Promise<World> {
    const answers = new Map<string, unknown>(usualAnswers());
    answers.set("POST /api/graphql", (body: unknown) => asGraphql(answers, body as Asked));
    const headers = new Map<string, Record<string, string>>();
    const asOther = new Map<string, Map<string, unknown>>();
    const asked: string[] = [];
    const server = createServer((message, response) => {
        const request = `${message.method ?? ""} ${decodeURIComponent(message.url ?? "")}`;
        asked.push(request);
        const token = message.headers.authorization?.split(" ")[1] ?? "";
        void answered((asOther.get(token) ?? answers).get(request), message).then((answer) => {
            const status = typeof answer === "number" ? answer : 200;
            response.writeHead(status, { "content-type": "application/json", ...headers.get(request) });
            response.end(JSON.stringify(typeof answer === "number" ? { message: `status ${status}` } : answer));
        });
    });
    const url = await listen(server);
    process.env.GITHUB_BASE_URL = `${url}/`;
    process.env.GITHUB_TOKEN = "token-of-the-test";
    process.env.KUBECONFIG = kubeconfig(url);
    return { answers, headers, asOther, asked, url, close: () => close(server) };
}

async function answered(answer: unknown, message: IncomingMessage): Promise<unknown> {
    return typeof answer === "function" ? (answer as (body: unknown) => unknown)(await json(message)) : (answer ?? 404);
}

interface Asked {
    readonly variables: Readonly<Record<string, string>>;
}

/** What REST answers for repositories and their commits, in the form of GraphQL. */
function asGraphql(answers: ReadonlyMap<string, unknown>, { variables }: Asked): object {
    const names = Object.entries(variables).filter(([variable]) => /^name\d+$/.test(variable));
    const found = names.map(([variable, name]) => {
        const at = variable.slice("name".length);
        const path = `GET /api/v3/repos/${variables.owner ?? ""}/${name}`;
        const repository = answers.get(path);
        const ref = (variables[`revision${at}`] ?? "").replace(/^refs\//, "");
        if (typeof repository !== "object" || repository === null) {
            return [`found${at}`, null] as const;
        }
        const { ssh_url: sshUrl, clone_url: cloneUrl = "" } = repository as { ssh_url: string; clone_url?: string };
        const object = answers.has(`${path}/commits/${ref}`) ? { oid: commit } : null;
        return [`found${at}`, { sshUrl, url: cloneUrl.replace(/\.git$/, ""), object }] as const;
    });
    const missing = found.filter(([, repository]) => repository === null);
    const errors = missing.map(([at]) => ({ type: "NOT_FOUND", path: [at], message: "Could not resolve" }));
    return { data: Object.fromEntries(found), ...(errors.length > 0 && { errors }) };
}

function usualAnswers(): [string, unknown][] {
    const repositories = ["fluxcd-infrastructure", "fluxcd-apps"].flatMap((name): [string, unknown][] => [
        [
            `GET /api/v3/repos/misua/${name}`,
            {
                ssh_url: `git@github.com:misua/${name}.git`,
                clone_url: `https://github.com/misua/${name}.git`,
                html_url: `https://github.com/misua/${name}`,
                node_id: `node-of-${name}`,
                visibility: "private",
            },
        ],
        ...["heads/main", "tags/staging-v1.0.0", "tags/prod-v1.0.0"].map((ref): [string, unknown] => [
            `GET /api/v3/repos/misua/${name}/commits/${ref}`,
            { sha: commit },
        ]),
    ]);
    return [
        ...repositories,
        ["GET /api/v3/meta", { ssh_keys: ["ssh-ed25519 AAAAed25519", "ecdsa-sha2-nistp256 AAAAecdsa"] }],
        ["GET /api/v3/user", { login: "misua", plan: { name: "pro" } }],
        ["GET /version", { gitVersion: "v1.33.0" }],
        ["POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { status: { allowed: true } }],
        ...installed(),
        ["GET /api/v1/namespaces/kube-system", { metadata: { name: "kube-system", uid: "uid-of-the-cluster" } }],
    ];
}

/** Flux as a stack has installed it before. */
function installed(): [string, unknown][] {
    const objects = parseAllDocuments(readFileSync("test/fixtures/install.yaml", "utf8")).map(
        (document) => document.toJS() as { kind: string },
    );
    const ofKind = (kind: string) => ({ items: objects.filter((object) => object.kind === kind) });
    const ofFlux = "labelSelector=app.kubernetes.io/part-of=flux";
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    return [
        ["GET /api/v1/namespaces/flux-system", ofKind("Namespace").items[0]],
        [`GET /apis/apps/v1/deployments?${ofFlux}`, ofKind("Deployment")],
        [`GET ${definitions}?${ofFlux}`, ofKind("CustomResourceDefinition")],
    ];
}

function kubeconfig(server: string): string {
    const names = ["dev", "staging", "production"];
    const file = join(scratchFolder(), "kubeconfig");
    const content = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "test", cluster: { server, "insecure-skip-tls-verify": true } }],
        users: [{ name: "test", user: {} }],
        contexts: names.map((name) => ({ name, context: { cluster: "test", user: "test" } })),
    };
    writeFileSync(file, JSON.stringify(content));
    return file;
}

function listen(server: Server): Promise<string> {
    return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => {
            resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
        });
    });
}

function close(server: Server): Promise<void> {
    server.closeAllConnections();
    return new Promise((resolve) => {
        server.close(() => {
            resolve();
        });
    });
}
