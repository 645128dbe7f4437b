import { apiUrlIn, otherToken } from "../../config/gh";
import { githubToken, tokenProblem } from "../../config/token";
import { wrongUsage } from "../terminal/exit";

/**
 * The GitHub token in the first of these variables that has one; empty if none has. Fails if the token is malformed.
 */
export function tokenHere(env = process.env, names: readonly string[] = ["GITHUB_TOKEN"]): string {
    const token = githubToken(env, names);
    const key = names.find((name) => githubToken(env, [name]) !== "") ?? "";
    const problem = tokenProblem(key, token, otherToken(apiUrlIn(env), key));
    if (problem) {
        throw wrongUsage("The GitHub token is not valid.", [problem]);
    }
    return token;
}
