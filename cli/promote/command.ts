import { type Command, Option } from "commander";

import { later } from "../terminal/command";
import { exitCodesHelp, releaseCommand } from "../terminal/options";

const help = `
Without a version, it promotes the commits that run in the stack of fluxcd:promotion.from: under the same version if that
stack is pinned to tags, under a tag that these commits already have, or otherwise under the next version. With a version,
it promotes the tags of that version, and makes those that do not exist.

It shows the commits and the changes in the rendered manifests, evaluates the rules of promotion (as pulumi preview does),
makes the tags on GitHub, edits the tags in Pulumi.<stack>.yaml, and prints the next command. If it is interrupted, run it
again. It needs GITHUB_TOKEN (Contents: write; with --pr, Pull requests: write), pulumi and the kubeconfig.

Examples:
  npx fluxcd promote staging                      dev's running release, as the next minor version
  npx fluxcd promote staging --bump patch         ... as the next patch version
  npx fluxcd promote production                   staging's running release, under the same version
  npx fluxcd promote production 1.4.0 --pr        a given version, by a pull request
  npx fluxcd promote production --source apps     only the apps
  npx fluxcd promote production 1.4.1 --hotfix "CVE-2026-1234: no time to soak"
  npx fluxcd promote production --dry-run --json  the plan and the result of the rules as data, for CI
${exitCodesHelp}`;

export function promoteCommand(): Command {
    return releaseCommand("promote", "Promote a release to a stack, by its tags.")
        .addOption(
            new Option("--bump <part>", "the part of the version to increase")
                .choices(["major", "minor", "patch"])
                .default("minor"),
        )
        .option(
            "--hotfix <reason>",
            "skip change windows, freezes, soak and the health of the upstream stack, for this reason",
        )
        .addHelpText("after", help)
        .action(later(async () => (await import("./run.js")).promote));
}
