import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLSchema, OverlappingFieldsCanBeMergedRule, specifiedRules } from "graphql";

let built: GraphQLSchema | undefined;

/** Beside the package's main file: the main file itself reads the schema a second time, as JSON that nobody needs here. */
const file = new URL("schema.graphql", import.meta.resolve("@octokit/graphql-schema"));

/** GitHub's own schema; made when first asked for, as it takes a quarter of a second. */
export function gitHubSchema(): GraphQLSchema {
    built ??= buildSchema(readFileSync(file, "utf8"), { assumeValidSDL: true });
    return built;
}

/** GitHub lets the GitHub provider's query through, which asks for `actor` of several kinds under one name. */
export const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);
