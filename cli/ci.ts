import { Command, InvalidArgumentError } from "commander";

import { later, runCommand } from "./terminal/exit";

function positive(text: string): number {
    if (!/^[1-9]\d*$/.test(text)) {
        throw new InvalidArgumentError("expected the number of a pull request.");
    }
    return Number(text);
}

const command = new Command("npm run ci")
    .usage("-- <command> [options]")
    .description("What the workflows of .github/workflows run, for them and for people.")
    .helpOption("-h, --help", "this text")
    .showHelpAfterError("(--help shows how it is used)")
    .addHelpText(
        "after",
        `
Nothing is changed in a cluster or in the two repositories. With --pull-request or --issue, the report is written to the
repository of GITHUB_REPOSITORY, with the token GH_TOKEN; without, it is printed. docs/ci.md has the workflows.

Examples:
  npm run ci -- preview
  npm run ci -- preview --pull-request 12
  npm run ci -- drift --issue

Exit codes: 0 all is well, 1 a preview failed or something drifts, 2 wrong usage.`,
    );
command
    .command("preview")
    .description("Previews all stacks.")
    .option("--pull-request <number>", "write it as one comment, which is edited the next time", positive)
    .action(later(async () => (await import("./ci/reports.js")).preview));
command
    .command("drift")
    .description("Compares every stack with what is there, the overlays with each other, and looks for what ends soon.")
    .option("--issue", "open one issue, bring it up to date, and close it when nothing drifts any more")
    .action(later(async () => (await import("./ci/reports.js")).drift));

void runCommand(command, process.argv);
