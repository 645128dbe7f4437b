import type { Config } from "../config";
import { messageOf, type Problem } from "../domain/problem";
import type { GitHub } from "../clients/github";
import { statusOf } from "../clients/octokit";

/** Whether the token gets to see a repository's webhooks, where the stack makes one there. Only making one tries the right to. */
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
                expected: `fluxcd:webhookUrl makes a webhook on ${config.github.owner}/${repository}, and the token may not see its webhooks: ${messageOf(error)}`,
                fix: `give the token Webhooks: Read and write (a classic one: the scope repo, of an administrator of the repository), or pulumi config rm --stack ${config.stack} fluxcd:webhookUrl`,
            },
        ];
    }
}
