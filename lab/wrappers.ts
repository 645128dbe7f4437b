import {
    chmodSync,
    mkdirSync,
    readFileSync,
    renameSync,
    rmSync,
    symlinkSync,
    writeFileSync,
    existsSync,
    readdirSync,
} from "node:fs";
import { join } from "node:path";

/** A word of sh that is taken as it is. */
export function quote(text: string): string {
    return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export interface PulumiWrapper {
    pulumi: string;
    lab: string;
}

/**
 * Pulumi as the lab runs it: operations read a copy of the stack file, because with a passphrase they write the stack's
 * salt into the file they read, and that one is committed.
 */
export function pulumiWrapper({ pulumi, lab }: PulumiWrapper): string {
    return String.raw`#!/bin/sh
# The salt of a stack is in its state; a stack file without it is no reason to make another.
export PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER=true
pulumi=${quote(pulumi)}

words= stack=$PULUMI_STACK directory=$PWD before=
for argument do
    case $before in
    -s | --stack) stack=$argument ;;
    -C | --cwd) directory=$argument ;;
    --color | --logflow | --memprofilerate | --otel-traces | --profiling | --tracing | -v | --verbose) ;;
    *)
        case $argument in
        --stack=*) stack=${"${argument#*=}"} ;;
        --cwd=*) directory=${"${argument#*=}"} ;;
        --config-file | --config-file=*) exec "$pulumi" "$@" ;;
        -*) ;;
        *) words="$words $argument" ;;
        esac
        ;;
    esac
    before=$argument
done

case "$words " in
" destroy "* | " down "* | " dn "* | " import "* | " logs "* | " preview "* | " pre "* | " refresh "* | " up "* | " update "* | " watch "*)
    how=config-file ;;
" stack history "*)
    how=elsewhere ;;
*)
    exec "$pulumi" "$@" ;;
esac

stack=${'${stack:-$("$pulumi" -C "$directory" stack --show-name 2>/dev/null)}'}
while [ ! -f "$directory/Pulumi.yaml" ] && [ "$directory" != / ] && [ "$directory" != . ]; do
    directory=$(dirname "$directory")
done
copies=${quote(`${lab}/stacks`)} name=Pulumi.${"${stack##*/}"}.yaml
if [ -f "$directory/$name" ] && ! grep -q '^encryptionsalt:' "$directory/$name"; then
    cp "$directory/Pulumi.yaml" "$directory/$name" "$copies" || exit 1
    case $how in
    config-file) set -- "$@" --config-file "$copies/$name" ;;
    # It has no such option, but runs no program either.
    elsewhere) set -- "$@" --cwd "$copies" ;;
    esac
fi
exec "$pulumi" "$@"
`;
}

export function nodeWrapper(node: string, script: string): string {
    return `#!/bin/sh\nexec ${quote(node)} ${quote(script)} "$@"\n`;
}

/** A command of .lab/bin: a script, or the path of the program that it stands for. */
export type Command = { script: string } | { program: string };

/** Makes the directory hold exactly these commands. */
export function writeCommands(directory: string, commands: Record<string, Command>): void {
    mkdirSync(directory, { recursive: true });
    for (const file of readdirSync(directory)) {
        if (!(file in commands)) rmSync(join(directory, file));
    }
    for (const [name, command] of Object.entries(commands)) {
        const file = join(directory, name);
        const partial = `${file}.partial`;
        rmSync(partial, { force: true });
        if ("program" in command) {
            symlinkSync(command.program, partial);
        } else {
            if (existsSync(file) && readFileSync(file, "utf8") === command.script) continue;
            writeFileSync(partial, command.script);
            chmodSync(partial, 0o755);
        }
        renameSync(partial, file);
    }
}

/** What a shell sources; doing so twice changes nothing more. */
export function environmentScript(variables: Record<string, string>, bin: string): string {
    const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
    return [
        "# The lab's environment, for sh, bash and zsh.",
        ...exports,
        `case ":$PATH:" in *:${quote(bin)}:*) ;; *) export PATH=${quote(bin)}:"$PATH" ;; esac`,
        "",
    ].join("\n");
}
