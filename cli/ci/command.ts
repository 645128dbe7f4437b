import type { Command } from "commander";

import { collect, later, positive, subcommand } from "../terminal/command";

const help = `
It changes nothing in a cluster or in the repositories that Flux reads. With --pull-request or --issue, it writes the report
to the repository of GITHUB_REPOSITORY, with the token GH_TOKEN; else it prints the report. See docs/ci.md.

Examples:
  npx fluxcd ci preview
  npx fluxcd ci preview --pull-request 12
  npx fluxcd ci drift --issue

Exit codes: 0 all is well, 1 a preview failed or something drifted, 2 wrong usage.`;

export function ciCommand(): Command {
    const command = subcommand("ci", "Report on all stacks, as the workflows in .github/workflows do.").addHelpText(
        "after",
        help,
    );
    const preview = subcommand("preview", "Preview all stacks.")
        .option(
            "--pull-request <number>",
            "write one comment on this pull request, or update the existing one",
            positive,
        )
        .option("-s, --stack <name>", "only this stack; may be repeated", collect, [])
        .option(
            "--parallel <number>",
            "the number of previews at a time; each needs about 1 GiB of memory",
            positive,
            4,
        )
        .action(later(async () => (await import("./reports.js")).preview));
    const drift = subcommand("drift", "Compare each stack with its cluster, and the overlays with each other.")
        .option("--issue", "open one issue, update it, and close it once nothing drifts")
        .option("-s, --stack <name>", "only this stack; may be repeated", collect, [])
        .action(later(async () => (await import("./reports.js")).drift));
    return command.addCommand(preview).addCommand(drift);
}
