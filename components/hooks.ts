import * as pulumi from "@pulumi/pulumi";

import { runsHere } from "../domain/here";
import { octokitOf } from "../clients/octokit";
import type { Config } from "../config";
import { explainGitHubError } from "../explain/githubErrors";
import { takeBack } from "./interrupted";
import { waitForFlux } from "./waitForFlux";

/** The hooks that explain errors. Pulumi allows each name once per program, so there is one instance of each. */
export interface Hooks {
    /** Waits for Flux, and logs its reason if it does not fetch or apply an object. */
    readonly waitForFlux: pulumi.ErrorHook;
    /** Explains an error of GitHub's API. */
    readonly explainGitHub: pulumi.ErrorHook;
    /** Also recreates objects that an interrupted update created but did not record. */
    readonly resumeOnGitHub: pulumi.ErrorHook;
}

/** The error hooks of a stack. `token` is the GitHub token. */
export function errorHooks({ context, github }: Pick<Config, "context" | "github">, token: string): Hooks {
    const where = { octokit: octokitOf(github.baseUrl, token), owner: github.owner };
    return {
        waitForFlux: waitForFlux(context),
        explainGitHub: new pulumi.ErrorHook("fluxcd:explainGitHubErrors", explain),
        resumeOnGitHub: new pulumi.ErrorHook(
            "fluxcd:resumeOnGitHub",
            async (args) => (await takeBack(args, where)) || explain(args),
        ),
    };
}

/** Logs the explanation of a GitHub error. Never retries. */
function explain({ name, errors }: pulumi.ErrorHookArgs): boolean {
    const explanation = explainGitHubError(errors[0] ?? "", pulumi.getStack());
    if (explanation !== undefined) {
        void pulumi.log.error(runsHere(`${name}: ${explanation}`));
    }
    return false;
}
