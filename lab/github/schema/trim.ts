// Makes rest.json beside this file out of GitHub's published OpenAPI description, keeping only the operations that the
// stand-in serves and what they refer to. The description's package has 385 MB and is therefore no dependency of the lab:
//
//     npm install --prefix <a temporary folder> @octokit/openapi@23.0.2
//     node lab/github/schema/trim.ts <that folder>/node_modules/@octokit/openapi/generated/ghes-3.19.json

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Members = Record<string, Json>;

const served = [
    "apps/create-installation-access-token apps/get-org-installation apps/get-user-installation",
    "checks/list-for-ref",
    "git/create-blob git/create-commit git/create-ref git/create-tag git/create-tree git/delete-ref git/get-blob",
    "git/get-commit git/get-ref git/get-tag git/get-tree git/list-matching-refs git/update-ref",
    "issues/create issues/create-comment issues/list-comments issues/list-for-repo issues/update issues/update-comment",
    "meta/get orgs/get rate-limit/get users/get-authenticated users/get-by-username",
    "pulls/create pulls/get pulls/list pulls/update",
    "repos/check-vulnerability-alerts repos/compare-commits-with-basehead repos/create-deploy-key",
    "repos/create-for-authenticated-user repos/create-in-org repos/create-or-update-file-contents",
    "repos/create-commit-status repos/list-commit-statuses-for-ref",
    "repos/create-webhook repos/delete-webhook repos/get-webhook repos/list-webhook-deliveries repos/list-webhooks",
    "repos/create-repo-ruleset repos/delete repos/delete-deploy-key repos/delete-file repos/delete-repo-ruleset",
    "repos/disable-vulnerability-alerts repos/enable-vulnerability-alerts repos/get repos/get-all-topics repos/get-branch",
    "repos/get-commit repos/get-content repos/get-deploy-key repos/get-repo-ruleset repos/get-repo-rulesets",
    "repos/list-branches repos/list-commits repos/list-deploy-keys repos/list-for-authenticated-user repos/list-tags",
    "repos/replace-all-topics repos/update repos/update-repo-ruleset repos/update-webhook",
].flatMap((line) => line.split(" "));

/** The payloads of webhooks, by event. */
const sent = ["ping", "push"];

const [, , file] = process.argv;
if (file === undefined) {
    throw new Error("name the description to trim: node lab/github/schema/trim.ts <ghes-3.19.json>");
}
const description = JSON.parse(readFileSync(file, "utf8")) as { paths: Record<string, Members>; components: Members };

const kept: Members = {};

/** GitHub's OpenAPI 3.0 as JSON Schema: prose and examples dropped, `nullable` a union with null, references collected. */
function schemaOf(node: Json): Json {
    if (Array.isArray(node)) {
        return node.map(schemaOf);
    }
    if (node === null || typeof node !== "object") {
        return node;
    }
    if (typeof node.$ref === "string") {
        return reference(node.$ref);
    }
    const { nullable, ...rest } = node;
    const schema: Members = {};
    for (const [key, value] of Object.entries(rest)) {
        if (key === "properties") {
            const properties = Object.entries(value as Members).map(([name, member]) => [name, schemaOf(member)]);
            schema.properties = Object.fromEntries(properties) as Json;
        } else if (key === "enum" || key === "const" || key === "required") {
            schema[key] = value;
        } else if (
            !/^(description|example|examples|title|default|externalDocs|deprecated|discriminator|x-.*)$/.test(key)
        ) {
            // These alternatives overlap: an error without metadata is both a plain one and a violated rule.
            const overlap = key === "oneOf" && JSON.stringify(value).includes("repository-rule-violation-error");
            schema[overlap ? "anyOf" : key] = schemaOf(value);
        }
    }
    return nullable === true ? { anyOf: [{ type: "null" }, schema] } : schema;
}

function reference(pointer: string): Json {
    const name = pointer.split("/").at(-1) ?? "";
    if (!(name in kept)) {
        kept[name] = {};
        kept[name] = schemaOf(resolve(pointer));
    }
    return { $ref: `#/schemas/${name}` };
}

function resolve(pointer: string): Json {
    return pointer
        .split("/")
        .slice(2)
        .reduce<Json>((node, part) => (node as Members)[part] ?? null, description.components);
}

/** The JSON body of a request or response; null where there is none. */
function bodyOf(holder: Json | undefined): Json {
    if (holder === undefined || holder === null) {
        return null;
    }
    const target = (holder as Members).$ref === undefined ? holder : resolve((holder as { $ref: string }).$ref);
    const content = (target as { content?: Record<string, { schema?: Json }> }).content;
    const body = content?.["application/json"] ?? content?.["application/scim+json"];
    return body?.schema === undefined ? null : schemaOf(body.schema);
}

const operations: Members[] = [];
for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, value] of Object.entries(methods)) {
        const operation = value as {
            operationId: string;
            externalDocs?: { url: string };
            requestBody?: Json;
            responses: Members;
        };
        if (served.includes(operation.operationId)) {
            const responses = Object.entries(operation.responses).map(([status, response]) => [
                status,
                bodyOf(response),
            ]);
            operations.push({
                id: operation.operationId,
                method: method.toUpperCase(),
                path,
                documentation: operation.externalDocs?.url ?? "",
                body: bodyOf(operation.requestBody),
                responses: Object.fromEntries(responses) as Json,
            });
        }
    }
}

const missing = served.filter((id) => !operations.some((operation) => operation.id === id));
if (missing.length > 0) {
    throw new Error(`the description has no operation ${missing.join(", ")}`);
}

// `commits/{ref}` would also take `commits/main/status`: what GitHub serves there is listed, to be refused instead.
const deep = /\{(ref|branch|path|basehead)\}$/;
const shadowed = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
        .map(([method, operation]) => ({
            id: (operation as Members).operationId as string,
            method: method.toUpperCase(),
            path,
        }))
        .filter(
            (route) =>
                !served.includes(route.id) &&
                !route.path.includes("...") &&
                operations.some((operation) => swallows(operation, route)),
        ),
);

function swallows(operation: Members, route: { method: string; path: string }): boolean {
    const path = operation.path as string;
    const stem = path.replace(deep, "");
    return operation.method === route.method && stem !== path && route.path.startsWith(stem);
}

const events = sent.map((event) => [event, reference(`#/components/schemas/webhook-${event}`)] as const);
const schemas = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => a.localeCompare(b)));
const source = "@octokit/openapi 23.0.2, ghes-3.19.json, trimmed by trim.ts";

// One operation, one schema a line: the next version's differences can be read.
const list = (entries: Json[]): string => `[\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]`;
const members = Object.entries(schemas).map(([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`);
const parts = [
    `"source":${JSON.stringify(source)}`,
    `"operations":${list(operations)}`,
    `"shadowed":${list(shadowed)}`,
    `"events":${JSON.stringify(Object.fromEntries(events))}`,
    `"schemas":{\n${members.join(",\n")}\n}`,
];
writeFileSync(join(import.meta.dirname, "rest.json"), `{${parts.join(",\n")}}\n`);
