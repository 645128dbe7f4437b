import type { Config } from "../config";
import { removeConfig } from "../domain/commands";
import { messageOf, type Problem } from "../domain/problem";
import type { GitHub } from "../clients/github";
import { statusOf } from "../clients/octokit";

/**
 * Checks that the token can list a repository's webhooks, if the stack creates one there. Whether it may create one
 * only shows when it does.
 */
export async function webhookProblems(github: GitHub, config: Config, repository: string): Promise<Problem[]> {
    if (!Object.values(config.webhook?.repositories ?? {}).includes(repository)) {
        return [];
    }
    try {
        await github.tryWebhooks(repository);
        return [];
    } catch (error) {
        if (statusOf(error) !== 403 && statusOf(error) !== 404) {
            throw error;
        }
        return [
            {
                key: "GITHUB_TOKEN",
                expected: `fluxcd:webhook.url creates a webhook on ${config.github.owner}/${repository}, and the token may not see its webhooks: ${messageOf(error)}`,
                fix: `give the token Webhooks: Read and write (a classic token needs the scope repo, and its user must be an administrator of the repository), or ${removeConfig(config.stack, "fluxcd:webhook")}`,
            },
        ];
    }
}
