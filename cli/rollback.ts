import { later, runCommand } from "./terminal/exit";
import { exitCodesHelp, releaseCommand } from "./terminal/options";

const help = `
Without a version it proposes the release that ran healthily before the one the stack stands on: of both sources where they
stand on the same version, else of the one with the higher version, which came last. It goes past change windows, freezes
and soak, makes no tags, and is undone by promoting again. The reason is shown in the preview, the outputs and the history.

Where the infrastructure loses something by it, such as a namespace, the apps go back first, in an update of their own, and
the command that takes the infrastructure back after them is printed. --infrastructure-first does not wait for the apps.

Interrupted at any point, the same command goes on. It needs GITHUB_TOKEN (Contents: read; with --pr, Contents: write and
Pull requests: write), pulumi and the kubeconfig.

Examples:
  npm run rollback -- production --reason "checkout fails for 3 % of customers"
  npm run rollback -- production 1.2.0 --reason "..."     to a release of your choice
  npm run rollback -- production --only apps --reason "..."
  npm run rollback -- production --reason "..." --dry-run  what it would do
${exitCodesHelp}`;

const command = releaseCommand("rollback", "Take a stack back to an earlier release.")
    .option("--reason <why>", "why; asked for on a terminal")
    .option("--infrastructure-first", "take the infrastructure back though the apps may need what it loses")
    .addHelpText("after", help)
    .action(later(async () => (await import("./rollback/run.js")).rollback));

void runCommand(command, process.argv);
