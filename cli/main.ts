import { fluxcdCommand } from "./program";
import { runCommand } from "./terminal/exit";
import { optionsThatNpmTook } from "./terminal/npm";

const program = fluxcdCommand();

void runCommand(program, process.argv, optionsThatNpmTook(program, process.argv, process.env));
