import type { Command } from "commander";

import { later } from "../terminal/command";
import { exitCodesHelp, releaseCommand } from "../terminal/options";

const help = `
Without a version, it proposes the release that was healthy before the current one: of all sources if they have the same
version, else of the one with the highest version, which came last. It skips change windows, freezes and soak, and makes no
tags. To undo it, promote again. The reason is shown in the preview, the outputs and the history.

If the infrastructure loses something by it, such as a namespace, the apps go back first, in their own update, and the
command for the infrastructure is printed. --infrastructure-first does not wait for the apps.

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
        .option("--reason <text>", "the reason; asked for on a terminal")
        .option("--infrastructure-first", "roll back the infrastructure even if the apps may need what it loses")
        .addHelpText("after", help)
        .action(later(async () => (await import("./run.js")).rollback));
}
