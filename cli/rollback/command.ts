import type { Command } from "commander";

import { later } from "../terminal/command";
import { exitCodesHelp, releaseCommand } from "../terminal/options";

const help = `
Without a version, it proposes the last healthy release before the current one. If all sources have the same version, it
proposes a release for each source. Otherwise, it proposes one for the source with the highest version, which changed last.
It skips change windows, freezes and soak, and makes no tags. To undo it, promote again. The reason is shown in the preview,
the outputs and the history.

If the rollback deletes objects of the infrastructure, such as a namespace, the apps go back first, in a separate update.
Then it prints the command for the infrastructure. --infrastructure-first does not wait for the apps.

If it is interrupted, run it again. It needs GITHUB_TOKEN (Contents: read; with --pr, Contents: write and Pull requests:
write), pulumi and the kubeconfig.

Examples:
  npx fluxcd rollback production --reason "checkout fails for 3 % of customers"
  npx fluxcd rollback production 1.2.0 --reason "..."       to a given version
  npx fluxcd rollback production --source apps --reason "..."
  npx fluxcd rollback production --reason "..." --dry-run   show the plan
${exitCodesHelp}`;

export function rollbackCommand(): Command {
    return releaseCommand("rollback", "Take a stack back to an earlier release.")
        .option("--reason <text>", "the reason; without it, the command asks on a terminal")
        .option(
            "--infrastructure-first",
            "roll back the infrastructure even if the apps may need objects that it deletes",
        )
        .addHelpText("after", help)
        .action(later(async () => (await import("./run.js")).rollback));
}
