import { exportToken, githubToken, tokenProblem } from "../../config/token";
import { wrongUsage } from "../terminal/exit";

/** The token for GitHub of the first of these variables that has one; empty where none does. Fails where it cannot be one. */
export function tokenHere(env = process.env, names: readonly string[] = ["GITHUB_TOKEN"]): string {
    const token = githubToken(env, names);
    const key = names.find((name) => githubToken(env, [name]) !== "") ?? "";
    const problem = tokenProblem(key, token, exportToken);
    if (problem) {
        throw wrongUsage("The token for GitHub cannot be one.", [problem]);
    }
    return token;
}
