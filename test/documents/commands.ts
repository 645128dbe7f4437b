import assert from "node:assert/strict";

import type { Command } from "commander";

import { fluxcdCommand } from "../../cli/program";

/**
 * What people are told to run of Pulumi: each command with the flags that it may have here. The end-to-end specs ask
 * Pulumi whether it has them.
 */
export const pulumiCommands: Readonly<Record<string, readonly string[]>> = {
    login: [],
    up: ["-s", "--refresh"],
    preview: ["-s", "--diff", "--refresh", "--expect-no-changes"],
    refresh: ["-s"],
    destroy: ["-s"],
    "stack init": ["--secrets-provider"],
    "stack ls": [],
    "org set-default": [],
    "env set": [],
    "stack migrate": ["--yes"],
    cancel: ["-s"],
    "deployment settings edit": ["-s", "--vcs-provider", "--repo", "--branch", "--preview-prs", "--push-to-deploy"],
    "stack rm": ["--force"],
    "stack output": ["-s"],
    "config get": ["-s"],
    "config set": ["-s", "--path", "--secret"],
    "config rm": ["-s", "--path"],
    "stack history": ["-s"],
    "stack change-secrets-provider": ["-s"],
};

/** Fails for a command of Pulumi's or of this project that does not exist, or for a flag that it does not have. */
export function checkCommand(command: string): void {
    const [program = "", ...words] = command.replace(/ *#.*$/, "").split(/\s+/);
    if (program === "pulumi" && words.length > 0) {
        const name = Object.keys(pulumiCommands).find((it) => words.slice(0, it.split(" ").length).join(" ") === it);
        assert.ok(name !== undefined, `there is no such command: ${command}`);
        checkFlags(command, words, pulumiCommands[name] ?? []);
    } else if (program === "npx" && words[0] === "fluxcd" && /^\w/.test(words[1] ?? "")) {
        const found = commandOf(fluxcdCommand().commands, words.slice(1));
        assert.ok(found, `there is no such command: ${command}`);
        const known = found.options.flatMap(({ short = "", long = "" }) => [short, long]);
        checkFlags(command, words, known);
    }
}

/** The command that the first words name. */
function commandOf(commands: readonly Command[], [name = "", ...rest]: readonly string[]): Command | undefined {
    const found = commands.find((it) => it.name() === name);
    return found && found.commands.length > 0 ? commandOf(found.commands, rest) : found;
}

function checkFlags(command: string, words: readonly string[], known: readonly string[]): void {
    for (const flag of words.filter((word) => /^--?[a-z]/.test(word))) {
        assert.ok(known.includes(flag), `${flag} is no known flag: ${command}`);
    }
}
