import { Argument, Command, Option } from "commander";

import { type SourceName, sourceNames } from "../../domain/sourceName";
import { wrongUsage } from "./exit";

/** What promote and rollback have in common. */
export interface Options {
    readonly only?: SourceName;
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

/** A command over one stack, with the options that both commands have. */
export function releaseCommand(name: "promote" | "rollback", summary: string): Command {
    return new Command(`npm run ${name}`)
        .usage("-- <stack> [version] [options]")
        .description(summary)
        .addArgument(new Argument("<stack>", "the stack that takes the release, such as staging"))
        .addArgument(new Argument("[version]", "X.Y.Z; without it, the command proposes one"))
        .addOption(new Option("--only <source>", "one of the two sources").choices([...sourceNames]))
        .option("--no-diff", "do not render the overlays")
        .option("--dry-run", "show it and ask the gate, and stop there")
        .option("-y, --yes", "do not ask")
        .option("--pr", "open a pull request with the edited stack file, and leave the one here alone")
        .option("--json", "print one JSON object on stdout, and nothing else there")
        .helpOption("-h, --help", "this text")
        .configureHelp({ styleTitle: (title) => title })
        .showHelpAfterError("(--help shows how it is used)");
}

/** For an option of commander that may be given more than once. */
export function collect(name: string, names: readonly string[]): string[] {
    return [...names, name];
}

/** The sources that the options leave. */
export function selected({ only }: Options): readonly SourceName[] {
    return only === undefined ? sourceNames : [only];
}

/** A reason in words, or an error that says where it is missing. */
export function requiredReason(text: string, option: string): string {
    const reason = text.trim();
    if (reason === "") {
        throw wrongUsage(`${option} takes a reason in words: it is shown in the preview, the outputs and the history.`);
    }
    return reason;
}

export const exitCodesHelp = `
Exit codes:
  0  done, or nothing to do
  1  failed: run it again, it goes on where it stopped
  2  wrong usage or configuration
  3  refused by a rule of promotion: docs/promotion.md
`;
