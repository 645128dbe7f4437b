import { Option } from "commander";

import { later, runCommand } from "./terminal/exit";
import { exitCodesHelp, releaseCommand } from "./terminal/options";

const help = `
Without a version it promotes the commits that the stack of fluxcd:promotedFrom runs now: under the same version where
that stack stands on tags, under a tag that is on these commits already, or else under the next version. With a version
whose tags exist, these are what is promoted; tags that do not exist are made.

It shows the commits and the change of the rendered overlay, asks the gate (the same that pulumi preview asks), makes the
tags on GitHub, edits the two tags in Pulumi.<stack>.yaml, and says how to go on. Interrupted at any point, the same
command goes on. It needs GITHUB_TOKEN (Contents: write; with --pr, Pull requests: write), pulumi and the kubeconfig.

Examples:
  npm run promote -- staging                     what dev runs, as the next minor version
  npm run promote -- staging --bump patch        ... as the next patch version
  npm run promote -- production                  what staging runs, under the same version
  npm run promote -- production 1.4.0 --pr       a given version, by a pull request
  npm run promote -- production --only apps      the apps alone
  npm run promote -- production 1.4.1 --hotfix "CVE-2026-1234: no time to soak"
  npm run promote -- production --dry-run --json the plan and the gate's answer as data, for CI
${exitCodesHelp}`;

const command = releaseCommand("promote", "Promote a release to a stack, by its tags.")
    .addOption(
        new Option("--bump <part>", "what the next version raises")
            .choices(["major", "minor", "patch"])
            .default("minor"),
    )
    .option("--hotfix <reason>", "go past windows, freezes, soak and the upstream stack, and say why")
    .addHelpText("after", help)
    .action(later(async () => (await import("./promote/run.js")).promote));

void runCommand(command, process.argv);
