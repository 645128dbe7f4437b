import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLSchema, OverlappingFieldsCanBeMergedRule, specifiedRules } from "graphql";

let built: GraphQLSchema | undefined;

/** GitHub's own schema; made when first asked for, as it takes a quarter of a second. */
export function gitHubSchema(): GraphQLSchema {
    built ??= buildSchema(
        readFileSync(new URL(import.meta.resolve("@octokit/graphql-schema/schema.graphql")), "utf8"),
        {
            assumeValidSDL: true,
        },
    );
    return built;
}

/** GitHub lets the GitHub provider's query through, which asks for `actor` of several kinds under one name. */
export const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);
