import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const maxBuffer = 256 * 1024 * 1024;

/** A repository that Git reads over HTTP. */
export interface Origin {
    readonly cloneUrl: string;
    readonly token: string;
}

/** An entry of a commit's tree, with its path from the root. */
export interface Entry {
    readonly path: string;
    readonly kind: "file" | "folder" | "link" | "submodule";
    /** The id of its content. */
    readonly object: string;
}

/**
 * A bare repository with one commit. It has no working tree: filters, line endings and attributes change files of a
 * working tree only, and Flux reads files as they were committed.
 */
export class OneCommit {
    private constructor(
        private readonly directory: string,
        private readonly commit: string,
    ) {}

    /** Throws git's own words if the commit cannot be fetched. */
    public static async fetch({ cloneUrl, token }: Origin, commit: string, directory: string): Promise<OneCommit> {
        const init = ["init", "--quiet", "--bare", "--template=", "--object-format=sha1", directory];
        await run("git", [...quiet, ...init], { env: ownEnvironment() });
        const env = { ...ownEnvironment(), ...authorization(cloneUrl, token) };
        const fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", cloneUrl, commit];
        await run("git", [...quiet, `--git-dir=${directory}`, ...fetch], { env, maxBuffer });
        return new OneCommit(directory, commit);
    }

    /** All entries, each folder before its content. */
    public async entries(): Promise<readonly Entry[]> {
        const { stdout } = await run("git", this.args("ls-tree", "-r", "-t", "-z", "--full-tree", this.commit), {
            env: ownEnvironment(),
            maxBuffer,
        });
        return stdout.split("\0").flatMap((line) => {
            const [, mode = "", object = "", path = ""] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
            return path === "" ? [] : [{ path, kind: kindOf(mode), object }];
        });
    }

    /** Reads the content of files, one after the other. */
    public async read(objects: readonly string[], found: (at: number, content: Buffer) => void): Promise<void> {
        const child = spawn("git", this.args("cat-file", "--batch"), { env: ownEnvironment() });
        child.stdin.on("error", () => undefined).end(objects.map((object) => `${object}\n`).join(""));
        let [rest, at] = [Buffer.alloc(0), 0];
        const chunks: Buffer[] = [];
        let missing = 0;
        for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
            chunks.push(chunk);
            missing -= chunk.length;
            if (missing > 0) {
                continue;
            }
            rest = Buffer.concat([rest, ...chunks.splice(0)]);
            for (let end = endOfFirst(rest); end; end = endOfFirst(rest)) {
                missing = end.after - rest.length;
                if (missing > 0) {
                    break;
                }
                found(at, rest.subarray(end.header, end.after - 1));
                at += 1;
                rest = rest.subarray(end.after);
            }
        }
        if (at < objects.length) {
            throw new Error(`git cat-file has only ${at} of ${objects.length} files of ${this.commit}`);
        }
    }

    private args(...args: string[]): string[] {
        return [...quiet, `--git-dir=${this.directory}`, ...args];
    }
}

/** A unified diff of two files in a folder, the same for each user; empty if they are equal. */
export async function plainDiff(directory: string, before: string, after: string): Promise<string> {
    const flags = ["--no-ext-diff", "--no-textconv", "--text", "--no-color", "--no-prefix"];
    // Without a home, a system file and a repository around it, Git has no settings but its own.
    const env = {
        ...without(ownEnvironment(), /^GIT_(CONFIG|DIFF_OPTS|EXTERNAL_DIFF)/),
        ...{ HOME: directory, XDG_CONFIG_HOME: directory, GIT_CEILING_DIRECTORIES: directory },
        ...{ GIT_CONFIG_NOSYSTEM: "1", GIT_ATTR_NOSYSTEM: "1" },
    };
    try {
        const args = ["--no-pager", "diff", "--no-index", ...flags, before, after];
        return (await run("git", args, { cwd: directory, env, maxBuffer })).stdout;
    } catch (error) {
        const { code, stdout = "" } = error as { code?: number | string; stdout?: string };
        // As in diff(1), exit code 1 means that there are differences.
        if (code !== 1) {
            throw error;
        }
        // Removes the lines that Git adds to the output of diff(1).
        return stdout.replace(/^(diff|index|new file|deleted file) .*\n/gm, "");
    }
}

/** A person's hooks and checks must not see or stop this fetch; proxies and certificates of the same files must. */
const quiet = [
    ...["core.hooksPath=/dev/null", "fetch.fsckObjects=false", "transfer.fsckObjects=false"],
    ...["gc.auto=0", "maintenance.auto=false", "core.fsmonitor=false"],
].flatMap((setting) => ["-c", setting]);

/** The variables that lead Git to another repository, as in a hook. https://git-scm.com/docs/git-rev-parse#_options */
const elsewhere =
    /^GIT_(DIR|COMMON_DIR|WORK_TREE|IMPLICIT_WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|PREFIX|NAMESPACE|GRAFT_FILE|SHALLOW_FILE|REPLACE_REF_BASE|NO_REPLACE_OBJECTS|QUARANTINE_PATH|TEMPLATE_DIR|ATTR_SOURCE|DEFAULT_HASH|TRACE.*)$/;

function ownEnvironment(): NodeJS.ProcessEnv {
    // An empty GIT_ASKPASS asks nobody, not even a window.
    return { ...without(process.env, elsewhere), GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "", LC_ALL: "C" };
}

function without(env: NodeJS.ProcessEnv, names: RegExp): NodeJS.ProcessEnv {
    return Object.fromEntries(Object.entries(env).filter(([name]) => !names.test(name)));
}

/**
 * Passes Git's settings for this URL through the environment, because all users of the machine can read arguments. The
 * empty value removes a header of the user's own settings: GitHub refuses two of them.
 */
function authorization(cloneUrl: string, token: string): Record<string, string> {
    const count = Number(process.env.GIT_CONFIG_COUNT ?? 0);
    const credentials = Buffer.from(`x-access-token:${token}`).toString("base64");
    const name = `http.${cloneUrl}.extraHeader`;
    return {
        GIT_CONFIG_COUNT: String(count + 2),
        [`GIT_CONFIG_KEY_${count}`]: name,
        [`GIT_CONFIG_VALUE_${count}`]: "",
        [`GIT_CONFIG_KEY_${count + 1}`]: name,
        [`GIT_CONFIG_VALUE_${count + 1}`]: `Authorization: Basic ${credentials}`,
    };
}

function kindOf(mode: string): Entry["kind"] {
    const kinds: Readonly<Record<string, Entry["kind"]>> = {
        "040000": "folder",
        "120000": "link",
        "160000": "submodule",
    };
    return kinds[mode] ?? "file";
}

/** The ends of the first object in the output of `git cat-file --batch`; undefined if its header is not complete. */
function endOfFirst(output: Buffer): { header: number; after: number } | undefined {
    const line = output.indexOf("\n");
    if (line === -1) {
        return undefined;
    }
    const header = output.toString("utf8", 0, line);
    const [, size] = / blob (\d+)$/.exec(header) ?? [];
    if (size === undefined) {
        throw new Error(`git cat-file: ${header}`);
    }
    return { header: line + 1, after: line + 1 + Number(size) + 1 };
}
