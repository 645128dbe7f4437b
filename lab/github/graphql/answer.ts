import { type DocumentNode, execute, GraphQLError, Kind, OperationTypeNode, parse, validate } from "graphql";
import { type Credentials, tokenOf } from "../auth.ts";
import type { Lab } from "../lab.ts";
import type { Members, Reply } from "../reply.ts";
import { root } from "./root.ts";
import { gitHubSchema, rules } from "./schema.ts";

export interface GraphQLReply extends Reply {
    operation: string;
    kind: "read" | "write";
}

const guide = "https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql";

/** GitHub's GraphQL API: GitHub's whole schema, of which the stand-in fills what is listed in `root`. */
export async function answerGraphQL(lab: Lab, text: string, credentials: Credentials): Promise<GraphQLReply> {
    const token = tokenOf(credentials);
    if (token === undefined) {
        const message = credentials === "none" ? "This endpoint requires you to be authenticated." : "Bad credentials";
        const body = { message, documentation_url: guide, status: "401" };
        return { operation: "unknown", kind: "read", status: 401, body };
    }
    lab.limits.count("graphql");
    const headers = lab.limits.headers("graphql");
    let asked;
    try {
        asked = JSON.parse(text) as { query?: string; variables?: Members; operationName?: string };
    } catch {
        return { operation: "unknown", kind: "read", status: 400, body: { message: "Problems parsing JSON" }, headers };
    }
    const { document, problems } = understand(asked.query ?? "");
    if (document === undefined || problems.length > 0) {
        lab.blame("POST", "/api/graphql", problems.map((problem) => problem.message).join("; "));
        return { operation: "invalid", kind: "read", status: 200, body: { errors: problems.map(withType) }, headers };
    }
    const result = await execute({
        schema: gitHubSchema(),
        document,
        rootValue: root(lab, token),
        variableValues: asked.variables,
        operationName: asked.operationName,
        fieldResolver: (source: Members, input: Members, _context, info) => {
            const value = source[info.fieldName];
            if (value === undefined) {
                const message = `the stand-in does not serve ${info.parentType.name}.${info.fieldName}`;
                lab.blame("POST", "/api/graphql", message);
                throw new GraphQLError(message);
            }
            return typeof value === "function" ? (value as (input: Members) => unknown)(input) : value;
        },
    });
    const errors = result.errors === undefined ? {} : { errors: result.errors.map(withType) };
    const body = { data: result.data, ...errors };
    return { ...summary(document), status: 200, body, headers };
}

function understand(query: string): { document?: DocumentNode; problems: readonly GraphQLError[] } {
    try {
        const document = parse(query);
        return { document, problems: validate(gitHubSchema(), document, rules) };
    } catch (error) {
        return { problems: [error instanceof GraphQLError ? error : new GraphQLError(String(error))] };
    }
}

/** GitHub puts an error's type beside its message. */
function withType(error: GraphQLError): Members {
    const { message, locations, path, extensions } = error.toJSON();
    const { type } = extensions ?? {};
    return { ...(type === undefined ? {} : { type }), ...(path === undefined ? {} : { path }), locations, message };
}

/** What was asked, by the names of the fields at the top. */
function summary(document: DocumentNode): { operation: string; kind: "read" | "write" } {
    const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    const fields = operations.flatMap(({ selectionSet }) =>
        selectionSet.selections.filter((selection) => selection.kind === Kind.FIELD).map((field) => field.name.value),
    );
    const writes = operations.some((operation) => operation.operation === OperationTypeNode.MUTATION);
    return { operation: fields.join(","), kind: writes ? "write" : "read" };
}
