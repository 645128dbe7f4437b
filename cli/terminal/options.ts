import { Argument, type Command } from "commander";

import { subcommand } from "./command";
import { wrongUsage } from "./exit";

/** The options that `promote` and `rollback` share. */
export interface Options {
    readonly source?: string;
    readonly reason?: string;
    readonly hotfix?: string;
    readonly infrastructureFirst?: true;
    readonly bump?: "major" | "minor" | "patch";
    readonly diff: boolean;
    readonly dryRun?: true;
    readonly yes?: true;
    readonly pr?: true;
    readonly json?: true;
}

/** A command for one stack, with the options that `promote` and `rollback` share. */
export function releaseCommand(name: "promote" | "rollback", summary: string): Command {
    return subcommand(name, summary)
        .addArgument(new Argument("<stack>", "the stack that takes the release, such as staging"))
        .addArgument(new Argument("[version]", "X.Y.Z; without it, the command proposes one"))
        .option("--source <source>", "only this source, such as apps")
        .option("--no-diff", "skip the rendered manifests")
        .option("--dry-run", "show the plan and evaluate the rules, but change nothing")
        .option("-y, --yes", "skip the confirmation")
        .option("--pr", "open a pull request with the edited stack file, instead of editing the local file")
        .option("--json", "print one JSON object on stdout, and nothing else there");
}

/** The names of the sources that `--source` selects. Fails if there is no such source. */
export function selected(sources: readonly { readonly name: string }[], name: string | undefined): readonly string[] {
    const names = sources.map((source) => source.name);
    if (name !== undefined && !names.includes(name)) {
        throw wrongUsage(`${name} is not a promoted source: expected one of ${names.join(", ")}.`);
    }
    return name === undefined ? names : [name];
}

/** The trimmed reason. Throws an error that names the option if it is empty. */
export function requiredReason(text: string, option: string): string {
    const reason = text.trim();
    if (reason === "") {
        throw wrongUsage(`${option} needs a reason: it is shown in the preview, the outputs and the history.`);
    }
    return reason;
}

export const exitCodesHelp = `
Exit codes:
  0  done, or nothing to do
  1  failed or canceled: run it again, and it continues where it stopped
  2  wrong usage or configuration
  3  refused by a rule of promotion, see docs/promotion.md
`;
