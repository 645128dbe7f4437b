import { Option } from "commander";

import { carryOut } from "./carryOut";
import { runCommand } from "./exit";
import { exitCodesHelp, type Options, releaseCommand, requiredReason, selected } from "./options";
import { givenTargets, proposedTargets, upstreamFor } from "./promotion";
import { readStack } from "./stack";
import { planOf } from "./take";

async function promote(name: string, version: string | undefined, options: Options): Promise<void> {
    const reason = options.hotfix === undefined ? undefined : requiredReason(options.hotfix, "--hotfix");
    const stack = await readStack(name);
    const sources = selected(options);
    const upstream = await upstreamFor(stack, sources, version);
    const targets =
        version === undefined
            ? await proposedTargets(stack, sources, upstream, options.bump ?? "minor")
            : await givenTargets(stack, sources, upstream, version);
    const plan = await planOf(stack, {
        command: "promote",
        targets,
        exemption: reason === undefined ? undefined : { kind: "hotfix", reason },
        origin: upstream && `From ${upstream.stack}: what it runs, as ${upstream.witness}.`,
        diff: options.diff,
    });
    await carryOut(stack, plan, options, upstream);
}

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
    .action(promote);

void runCommand(command, process.argv);
