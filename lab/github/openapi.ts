import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import * as formats from "ajv-formats";

export interface Operation {
    id: string;
    method: string;
    path: string;
    documentation: string;
    body: unknown;
    responses: Record<string, unknown>;
}

interface Description {
    operations: Operation[];
    schemas: Record<string, unknown>;
    /** The payload of each event that webhooks are sent. */
    events: Record<string, unknown>;
    /** Paths that GitHub serves and the stand-in does not, and that a trailing parameter of a served path would swallow. */
    shadowed: { method: string; path: string; id: string }[];
}

export const description = JSON.parse(
    readFileSync(join(import.meta.dirname, "schema/rest.json"), "utf8"),
) as Description;

const ajv = new Ajv({ strict: false, allErrors: true });
formats.default.default(ajv);
ajv.addFormat("repo.nwo", /^[^/]+\/[^/]+$/);
ajv.addSchema(description, "rest");

/** Parameters that hold a path of their own. */
const deep = new Set(["ref", "branch", "path", "basehead"]);

function pattern(path: string): RegExp {
    const source = path.replaceAll(/\/\{(\w+)\}/g, (_, name: string) =>
        name === "path" ? `(?:/(?<${name}>.*))?` : deep.has(name) ? `/(?<${name}>.+)` : `/(?<${name}>[^/]+)`,
    );
    return new RegExp(`^${source}$`);
}

const routes = description.operations
    .map((operation) => ({ operation, pattern: pattern(operation.path) }))
    .sort((a, b) => literalParts(b.operation.path) - literalParts(a.operation.path));
const shadowed = description.shadowed.map((route) => ({ ...route, pattern: pattern(route.path) }));

function literalParts(path: string): number {
    return path.split("/").filter((part) => !part.startsWith("{")).length;
}

export interface Route {
    operation: Operation;
    parameters: Record<string, string>;
}

/** The operation that GitHub's own description gives this request; undefined where the stand-in serves none. */
export function findRoute(method: string, path: string): Route | undefined {
    if (shadowed.some((route) => route.method === method && route.pattern.test(path))) {
        return undefined;
    }
    for (const route of routes) {
        const match = route.operation.method === method ? route.pattern.exec(path) : null;
        if (match !== null) {
            const entries = Object.entries<string | undefined>(match.groups ?? {}).map(([name, value]) => [
                name,
                decodeURIComponent(value ?? ""),
            ]);
            return { operation: route.operation, parameters: Object.fromEntries(entries) as Record<string, string> };
        }
    }
    return undefined;
}

/** What GitHub's description finds wrong with a request's body, in the words GitHub answers with; empty if nothing. */
export function requestProblems(operation: Operation, body: unknown): string[] {
    if (operation.body === null) {
        return [];
    }
    return [...new Set(validate(`rest#/operations/${indexOf(operation)}/body`, body).map(asGitHubSays))];
}

/** What GitHub's description finds wrong with the stand-in's own answer; empty if nothing. */
export function responseProblems(operation: Operation, status: number, body: unknown): string[] {
    if (!(status in operation.responses)) {
        return status >= 400 || status === 304 ? [] : [`${operation.id} has no response ${status}`];
    }
    if (operation.responses[status] === null) {
        return body === undefined || status >= 400 ? [] : [`${operation.id} has no body in response ${status}`];
    }
    return validate(`rest#/operations/${indexOf(operation)}/responses/${status}`, body).map(
        (error) => `${operation.id} ${status} ${error.instancePath} ${error.message ?? error.keyword}`,
    );
}

/** What GitHub's description finds wrong with what is sent to a webhook; empty if nothing. */
export function payloadProblems(event: string, payload: unknown): string[] {
    return validate(`rest#/events/${event}`, payload).map(
        (error) => `${event} ${error.instancePath} ${error.message ?? error.keyword}`,
    );
}

function indexOf(operation: Operation): number {
    return description.operations.indexOf(operation);
}

function validate(reference: string, value: unknown): ErrorObject[] {
    const validator = ajv.getSchema(reference);
    if (validator === undefined) {
        throw new Error(`no schema ${reference}`);
    }
    return validator(value) === true ? [] : (validator.errors ?? []);
}

function asGitHubSays(error: ErrorObject): string {
    const parameters = error.params as {
        missingProperty?: string;
        additionalProperty?: string;
        type?: string | string[];
    };
    const where = `properties${error.instancePath}`;
    if (parameters.missingProperty !== undefined) {
        return `"${parameters.missingProperty}" wasn't supplied.`;
    }
    if (parameters.additionalProperty !== undefined) {
        return `"${parameters.additionalProperty}" is not a permitted key.`;
    }
    if (parameters.type !== undefined) {
        return `For '${where}', the value is not of type ${[parameters.type].flat().join(" or ")}.`;
    }
    return `For '${where}', the value ${error.message ?? error.keyword}.`;
}
