import { apiUrlIn, firstToken } from "../../config/gh";
import { wrongUsage } from "../terminal/exit";
import { step } from "../terminal/progress";
import { readSettings } from "../tools/pulumi";
import { stacksOr } from "../tools/stackFiles";
import { tokenHere } from "../tools/token";
import type { Request } from "./gather";

/** The request to compare the named stacks, or all that have a file here. */
export async function auditRequest(ref: string | undefined, named?: readonly string[]): Promise<Request> {
    const token = tokenHere();
    if (token === "") {
        throw wrongUsage(`GITHUB_TOKEN is missing: ${firstToken(apiUrlIn(process.env))}`);
    }
    const stacks = await stacksOr(named);
    const read = Promise.all(stacks.map(async (stack) => (await readSettings(stack)).config));
    const [first, ...others] = await step(`Asking pulumi for ${stacks.join(", ")}`, read);
    if (!first || others.every(({ environment }) => environment === first.environment)) {
        throw wrongUsage(
            "There is nothing to compare: the audit needs the Pulumi.<stack>.yaml of at least two environments.",
        );
    }
    return { configs: [first, ...others], token, ref };
}
