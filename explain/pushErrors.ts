import { messageOf } from "../domain/problem";
import { explainGitHubError } from "./githubErrors";

interface PushError {
    readonly data?: { readonly response?: unknown };
}

/**
 * The error of a push: the address, the words of Git, those that GitHub printed beside them, and what they mean. Git
 * itself says only that the push was declined.
 */
export function pushError(url: string, error: unknown, printed: readonly string[]): Error {
    const { data } = error as PushError;
    const answer = typeof data?.response === "string" ? [data.response] : [];
    const words = [...printed, ...answer]
        .map((line) => line.replaceAll(/\s+/g, " ").trim())
        .filter((line) => line !== "");
    const said = [`${url}: ${messageOf(error)}`, ...words].join("\n");
    const explanation = explainGitHubError(said, "<stack>");
    return new Error(explanation === undefined ? said : `${said}\n${explanation}`, { cause: error });
}
