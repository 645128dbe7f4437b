import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import lockfile from "proper-lockfile";
import { cacheDirectory } from "../paths.ts";
import { type GoModule, goModules, goOptions, requireGo } from "./go.ts";
import { Progress, type Log } from "./progress.ts";
import { linkedVersions, type Tool, tools, type ToolName } from "./tools.ts";

const leftover = ".build-";

const flags = [
    // Whatever GOFLAGS says: versions and checksums are those of go.mod and go.sum, and a checkout is not a release.
    "-mod=readonly",
    "-buildvcs=false",
    "-trimpath",
    // A third less to compile on a cold cache: no debug information, which the linker would drop, and no inlining but in
    // the standard library, where it is what makes the tools fast.
    "-gcflags=all=-dwarf=false -l",
    "-gcflags=std=-dwarf=false",
    `-ldflags=-s -w ${Object.entries(linkedVersions)
        .map(([name, version]) => `-X ${name}=${version}`)
        .join(" ")}`,
];

/** Where a tool that was built is. */
export function builtTool(name: ToolName): string {
    return join(builtDirectory(moduleOf(name)), basename(tools[name].package));
}

/** Where built tools are kept: one directory for each content of a Go module, so a changed version is built anew. */
function builtDirectory(module: GoModule): string {
    const hash = createHash("sha256").update([process.platform, process.arch, ...flags].join("\0"));
    for (const path of globSync(["go.mod", "go.sum", "*/*.go"], { cwd: goModules[module] }).sort())
        hash.update(path).update(readFileSync(join(goModules[module], path)));
    return join(cacheDirectory, "tools", hash.digest("hex").slice(0, 16));
}

function moduleOf(name: ToolName): GoModule {
    const { module = "tools" }: Tool = tools[name];
    return module;
}

/** Builds those of the tools that are not there yet; several at once compile what they share only once. */
export async function build(names: ToolName[], log: Log | undefined): Promise<void> {
    for (const module of Object.keys(goModules) as GoModule[])
        await buildFrom(
            module,
            names.filter((name) => moduleOf(name) === module),
            log,
        );
}

async function buildFrom(module: GoModule, names: ToolName[], log: Log | undefined): Promise<void> {
    const directory = builtDirectory(module);
    const missing = () => names.filter((name) => !existsSync(builtTool(name)));
    if (missing().length === 0) return;
    await requireGo();
    await mkdir(directory, { recursive: true });
    await exclusively(directory, log, async () => {
        // The builder who had the lock may have built them.
        if (missing().length > 0) await goBuild(missing(), module, log);
    });
}

/** Runs work while no other process runs it on the same directory. The lock of a process that died expires. */
export async function exclusively(directory: string, log: Log | undefined, work: () => Promise<void>): Promise<void> {
    if (await lockfile.check(directory)) log?.(`waiting for another build in ${directory}`);
    const release = await lockfile.lock(directory, { retries: { forever: true, maxTimeout: 1000 } });
    try {
        await work();
    } finally {
        await release();
    }
}

async function goBuild(names: ToolName[], module: GoModule, log: Log | undefined): Promise<void> {
    const directory = builtDirectory(module);
    await removeLeftovers(directory);
    const fresh = await mkdtemp(join(directory, leftover));
    const packages = names.map((name) => tools[name].package);
    const progress = new Progress(names, log);
    const { failed, said, end } = await compile(
        ["build", "-v", ...flags, "-o", `${fresh}/`, ...packages],
        goModules[module],
        progress,
    );
    // A tool gets its name only when it is whole.
    if (!failed) for (const name of names) await rename(join(fresh, basename(tools[name].package)), builtTool(name));
    await removeLeftovers(directory);
    if (failed) throw new Error(explain(names, said, end));
    progress.done();
}

/** `go build -v`, and what it said that is no progress. */
export async function compile(
    args: readonly string[],
    cwd: string,
    progress: Progress,
): Promise<{ failed: boolean; said: string[]; end: string }> {
    const go = execa("go", args, { ...goOptions, cwd, reject: false, buffer: false });
    const said: string[] = [];
    for await (const line of go.iterable({ from: "stderr" })) {
        if (line.startsWith("go: downloading ")) progress.downloaded++;
        else if (/^[\w./~+-]+$/.test(line)) progress.compiled++;
        else said.push(line);
    }
    const { failed, exitCode, signal } = await go;
    progress.stop();
    return { failed, said, end: signal ?? `exit code ${exitCode ?? "unknown"}` };
}

async function removeLeftovers(directory: string): Promise<void> {
    for (const entry of await readdir(directory))
        if (entry.startsWith(leftover)) await rm(join(directory, entry), { recursive: true });
}

export function explain(names: string[], said: string[], end: string): string {
    const text = said.join("\n");
    const advice = /dial tcp|i\/o timeout|no such host|proxyconnect|TLS handshake|unexpected EOF/.test(text)
        ? "A module could not be downloaded: check the network and `go env GOPROXY`."
        : text.includes("no space left on device")
          ? "The disk is full: the build needs about 15 GB in `go env GOMODCACHE GOCACHE` and TMPDIR."
          : /signal: killed|cannot allocate memory/.test(text)
            ? "The memory is used up: set GOFLAGS=-p=1 to compile one package at a time."
            : "Its output above says why.";
    const lastLines = said.slice(-20).join("\n");
    return (
        `Building ${names.join(", ")} failed (go build: ${end}).\n${lastLines}\n` +
        `${advice} Then run the command again: what has been compiled is kept.`
    );
}
