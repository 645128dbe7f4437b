import type { Command } from "commander";

import { type CommandError, wrongUsage } from "./exit";

/**
 * The error if npm consumed options, as in `npm run fluxcd promote production --json`: the command would run without
 * them. Undefined if there are none.
 * https://docs.npmjs.com/cli/v11/using-npm/scripts#environment
 */
export function optionsThatNpmTook(
    program: Command,
    argv: readonly string[],
    env: Readonly<NodeJS.ProcessEnv>,
): CommandError | undefined {
    if (env.npm_lifecycle_event !== "fluxcd") {
        return undefined;
    }
    const command = program.commands.find((it) => argv.includes(it.name())) ?? program;
    const options = [...command.options, ...command.commands.flatMap((it) => it.options)];
    const taken = options.flatMap(({ long }) => {
        const name = long?.replace(/^--(no-)?/, "") ?? "";
        const isTaken = (env[`npm_config_${name.replaceAll("-", "_")}`] ?? "") !== "";
        const isSeen = argv.some((argument) => argument.startsWith(`--${name}`) || argument.startsWith(`--no-${name}`));
        return long && isTaken && !isSeen ? [long] : [];
    });
    return taken.length === 0
        ? undefined
        : wrongUsage(
              `npm consumed ${taken.join(" and ")}, so the command did not get it: run npx fluxcd with the same ` +
                  "arguments, or put all options after the two dashes of npm run fluxcd --.",
          );
}
