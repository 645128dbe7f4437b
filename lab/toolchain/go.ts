import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

/**
 * The Go modules that everything compiled comes from: one for most tools, and one each for what cannot be compiled beside
 * them. Kubernetes' provider wants an older Kubernetes, the random provider's module is the only one that may import it.
 */
export const goModules = {
    kubernetes: join(import.meta.dirname, "..", "tools", "kubernetes"),
    tools: join(import.meta.dirname, "..", "tools"),
    random: join(import.meta.dirname, "..", "tools", "random"),
    previous: join(import.meta.dirname, "..", "tools", "previous"),
    s3: join(import.meta.dirname, "..", "tools", "s3"),
    kubeconform: join(import.meta.dirname, "..", "tools", "kubeconform"),
};

export type GoModule = keyof typeof goModules;

/** A person's own Go settings stay (proxy, caches, GOFLAGS), except those that would build something else. */
export const goOptions = {
    cwd: goModules.tools,
    env: { CGO_ENABLED: "0", GOWORK: "off", GOOS: undefined, GOARCH: undefined },
};

/** The version of a module that a go.mod requires. */
export function requiredVersion(module: string, by: GoModule = "tools"): string {
    const line = linesOf(by).find((line) => line.startsWith(`\t${module} v`));
    if (line === undefined) throw new Error(`${goModules[by]}/go.mod requires no ${module}`);
    return line.slice(module.length + 2);
}

function linesOf(module: GoModule): string[] {
    return readFileSync(join(goModules[module], "go.mod"), "utf8").split("\n");
}

/** Refuses, with what to install, if the lab's tools cannot be compiled on this machine. */
export async function requireGo(): Promise<void> {
    const wanted =
        linesOf("tools")
            .find((line) => line.startsWith("go "))
            ?.slice("go ".length) ?? "";
    const advice = `The lab compiles its tools with Go ${wanted} or newer: install it from https://go.dev/dl/ and run the command again.`;
    const result = await execa("go", ["env", "GOVERSION"], { ...goOptions, reject: false });
    if (result.code === "ENOENT") throw new Error(`There is no \`go\` on the PATH. ${advice}`);
    if (result.failed) throw new Error(`\`go env GOVERSION\` says: ${result.stderr}\n${advice}`);
    const version = result.stdout.replace(/^go/, "");
    if (isOlder(version, wanted)) throw new Error(`The \`go\` on the PATH is version ${version}. ${advice}`);
}

/** Where a module's source is on this machine: downloaded if need be, verified by Go's checksum database. */
export async function moduleDirectory(module: string, version: string): Promise<string> {
    const args = ["mod", "download", "-json", `${module}@${version}`];
    const result = await execa("go", args, { ...goOptions, reject: false });
    const answer = JSON.parse(result.stdout || "{}") as { Dir?: string; Error?: string };
    if (answer.Dir !== undefined) return answer.Dir;
    throw new Error(
        `\`go ${args.join(" ")}\` says: ${answer.Error ?? result.stderr}\n` +
            "Check the network and `go env GOPROXY GOSUMDB`, then run the command again.",
    );
}

/** Compares versions number by number: 1.9 is older than 1.26. */
export function isOlder(version: string, than: string): boolean {
    return version.localeCompare(than, "en", { numeric: true }) < 0;
}
