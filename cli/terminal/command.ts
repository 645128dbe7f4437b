import { Command, InvalidArgumentError } from "commander";

/** A subcommand with the common style. */
export function subcommand(name: string, summary: string): Command {
    return styled(new Command(name)).description(summary);
}

/** Sets the common style of a command's help. */
export function styled(command: Command): Command {
    return command
        .helpOption("-h, --help", "show this help")
        .helpCommand(false)
        .configureHelp({ styleTitle: (title) => title })
        .showHelpAfterError("(--help shows the usage)");
}

/** Collects the values of an option that can be given several times. */
export function collect(name: string, names: readonly string[]): string[] {
    return [...names, name];
}

/** Parses an option's value as an integer of at least 1. */
export function positive(text: string): number {
    if (!/^[1-9]\d*$/.test(text)) {
        throw new InvalidArgumentError("expected a whole number from 1.");
    }
    return Number(text);
}

/** An action that is loaded when it runs: help and usage errors do not need it. */
export function later<A extends unknown[]>(
    load: () => Promise<(...args: A) => Promise<void>>,
): (...args: A) => Promise<void> {
    return async (...args) => (await load())(...args);
}
