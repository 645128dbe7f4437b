import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { mock } from "node:test";

import { parse } from "yaml";

import { fluxcdCommand } from "../../cli/program";
import { runCommand } from "../../cli/terminal/exit";
import { forgetPrinted } from "../../cli/tools/pulumi";
import { scratchFolder } from "../support/scratch";

type Values = Readonly<Record<string, unknown>>;

/** What pulumi prints of a stack. */
export interface Printed {
    /** The settings of its file; those of the committed one if they are left out. */
    readonly config?: Values;
    /** The text of its file, if pulumi takes settings from somewhere else too. */
    readonly file?: string;
    readonly outputs?: object;
    /** What the stack has of its sources. */
    readonly standings?: object;
    /** Newest first. */
    readonly history?: readonly object[];
}

/** A command that has ended. */
export interface Ended {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

export interface Project {
    readonly folder: string;
    /** The folder of its pulumi, for the PATH. */
    readonly bin: string;
    /** Runs a command of this project in the folder, in a process of its own. */
    readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>;
    /** What a command prints with `--json`, and its exit code. It runs in this process, which is sooner. */
    readonly json: (...args: readonly string[]) => Promise<{ code: number; data: Record<string, unknown> }>;
    readonly read: (file: string) => string;
}

/** Answers what the commands ask of pulumi; the exit code is that of a stack that is not there. */
const script = `#!/bin/sh
stack= page=1 command=
while [ $# -gt 0 ]; do
    case $1 in
        --stack) stack=$2; shift ;;
        --page) page=$2; shift ;;
        --page-size | --color) shift ;;
        -*) ;;
        *) command="$command-$1" ;;
    esac
    shift
done
[ "$command$page" = -stack-history2 ] && echo "[]" && exit
cat "$(dirname "$0")/$stack$command" 2>/dev/null && exit
echo "error: no stack named '$stack' found" >&2
exit 6
`;

/** A folder with these stacks and nothing of another one, and a pulumi that knows them. */
export function projectWith(stacks: Readonly<Record<string, Printed>>): Project {
    const [folder, bin] = [scratchFolder(), scratchFolder()];
    copyFileSync("Pulumi.yaml", join(folder, "Pulumi.yaml"));
    copyFileSync("package.json", join(folder, "package.json"));
    writeFileSync(join(bin, "pulumi"), script);
    chmodSync(join(bin, "pulumi"), 0o755);
    for (const [stack, { config, outputs = {}, standings, history = [], ...more }] of Object.entries(stacks)) {
        const file = `Pulumi.${stack.slice(stack.lastIndexOf("/") + 1)}.yaml`;
        const text = config ? JSON.stringify({ config }, undefined, 2) : readFileSync(file, "utf8");
        writeFileSync(join(folder, file), more.file ?? text);
        mkdirSync(dirname(join(bin, stack)), { recursive: true });
        const urn = `urn:pulumi:${stack}::fluxcd::pulumi:index:Stash::release`;
        const remembered = { urn, inputs: { input: { sources: standings } } };
        const answers = {
            config: settingsOf((parse(text) as { config: Values }).config),
            "stack-output": outputs,
            "stack-export": { deployment: { resources: standings ? [remembered] : [] } },
            "stack-history": history,
        };
        for (const [command, answer] of Object.entries(answers)) {
            writeFileSync(join(bin, `${stack}-${command}`), JSON.stringify(answer));
        }
    }
    const known = Object.keys(stacks).map((name) => ({ name }));
    writeFileSync(join(bin, "-stack-ls"), JSON.stringify(known));
    writeFileSync(join(bin, "-whoami"), JSON.stringify({ user: "ada", url: "https://api.pulumi.com" }));
    const run: Project["run"] = (args, more = {}) => {
        const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ""}`, ...more };
        return ended([resolve("load.cjs"), "cli/main.ts", ...args], { cwd: folder, env });
    };
    return {
        folder,
        bin,
        run,
        json: async (...args) => {
            const { code, stdout } = await inThisProcess([...args, "--json"], folder, bin);
            return { code, data: JSON.parse(stdout) as Record<string, unknown> };
        },
        read: (file) => readFileSync(join(folder, file), "utf8"),
    };
}

/** Runs a file with the Node.js that runs the tests. */
export function ended(
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
    return new Promise((done) => {
        execFile(process.execPath, args, options, (error, stdout, stderr) => {
            const code = error?.code;
            done({ code: error ? (typeof code === "number" ? code : -1) : 0, stdout, stderr });
        });
    });
}

/** Runs a command to the exit of its process, which is not taken. */
async function inThisProcess(args: readonly string[], folder: string, bin: string): Promise<Ended> {
    const { stdout, stderr } = process;
    const [cwd, path, listeners] = [process.cwd(), process.env.PATH, stdout.listeners("error")];
    const textOf = (stream: NodeJS.WriteStream) => {
        const texts: string[] = [];
        mock.method(stream, "write", (text: string, done?: () => void) => {
            texts.push(text);
            done?.();
            return true;
        });
        return () => texts.join("");
    };
    process.chdir(folder);
    process.env.PATH = `${bin}:${path ?? ""}`;
    forgetPrinted();
    try {
        const [out, error] = [textOf(stdout), textOf(stderr)];
        const code = await new Promise<number>((done) => {
            mock.method(process, "exit", done as typeof process.exit);
            void runCommand(fluxcdCommand(), ["node", "fluxcd", ...args]);
        });
        return { code, stdout: out(), stderr: error() };
    } finally {
        mock.restoreAll();
        process.env.PATH = path;
        process.chdir(cwd);
        const added = stdout.listeners("error").filter((listener) => !listeners.includes(listener));
        added.forEach((listener) => stdout.off("error", listener as () => void));
    }
}

/** Settings as `pulumi config --json` prints them, with the defaults of Pulumi.yaml. */
function settingsOf(config: Values): object {
    const project = parse(readFileSync("Pulumi.yaml", "utf8")) as { config: Record<string, Values> };
    const defaults = Object.entries(project.config).map(([key, it]) => [key, it.value ?? it.default] as const);
    const all = [...defaults, ...Object.entries(config)].filter(([, value]) => value !== undefined);
    const printed = all.map(([key, value]) => {
        const text = typeof value === "string" ? value : JSON.stringify(value);
        return [key, { value: text, ...(typeof value === "object" && { objectValue: value }), secret: false }] as const;
    });
    return Object.fromEntries(printed);
}
