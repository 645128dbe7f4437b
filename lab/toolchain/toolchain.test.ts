import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { execa } from "execa";

const work = await mkdtemp(join(tmpdir(), "toolchain-"));
const home = join(work, "home");
const bin = join(work, "bin");
after(() => rm(work, { recursive: true }));
beforeEach(async () => {
    await rm(home, { recursive: true, force: true });
    await rm(bin, { recursive: true, force: true });
});

/** A program of this name that is on the PATH of the toolchain, alone. */
async function install(name: string, script: string, directory = bin): Promise<string> {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(directory, name), 0o755);
    return join(directory, name);
}

/** `node lab/toolchain/main.ts` with an empty cache, and nothing but what a test installed. */
function run(names: string[], path = [bin]) {
    return execa(process.execPath, [join(import.meta.dirname, "main.ts"), "--no-download", ...names], {
        env: { HOME: home, XDG_CACHE_HOME: join(home, ".cache"), PATH: path.join(delimiter) },
        extendEnv: false,
        reject: false,
    });
}

/** Go as far as the toolchain can tell: writes what it is asked to build, after the given lines. */
const go = (build: string) => `
case "$1" in
env) echo go1.26.8 ;;
build)
    while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; package=$1; shift; done
    ${build} ;;
esac`;

async function cached(): Promise<string[]> {
    const files = await readdir(home, { recursive: true, withFileTypes: true });
    return files.filter((file) => file.isFile()).map((file) => file.name);
}

void test("an installed tool serves if it is not too old", async () => {
    const pulumi = await install("pulumi", "echo v3.999.0");
    assert.match((await run(["pulumi"])).stdout, new RegExp(`^pulumi +${pulumi}$`));
    await install("pulumi", "echo v3.99.0");
    assert.match((await run(["pulumi"])).stderr, /no `go` on the PATH/);
});

void test("a wrapper that a lab made is not an installed tool", async () => {
    const wrappers = join(work, "checkout", ".lab", "bin");
    await install("pulumi", "echo v3.999.0", wrappers);
    assert.match((await run(["pulumi"], [wrappers])).stderr, /no `go` on the PATH/);
});

void test("without Go, or with one that is too old, it says what to install", async () => {
    assert.match(
        (await run(["etcd"])).stderr,
        /^There is no `go` .* Go 1\.\d+\.\d+ or newer: install it from https:\/\/go.dev/,
    );
    await install("go", "echo go1.9.7");
    const { stderr, exitCode } = await run(["etcd"]);
    assert.match(stderr, /^The `go` on the PATH is version 1\.9\.7\./);
    assert.equal(exitCode, 1);
});

void test("what is asked for is built, and only once", async () => {
    await install("go", go('echo a/b >&2; : > "$out/etcd"'));
    const first = await run(["etcd"]);
    assert.match(first.stderr, /building etcd\n.*1 packages compiled/);
    assert.deepEqual(await cached(), ["etcd"]);
    assert.deepEqual(await run(["etcd"]).then(({ stdout, stderr }) => [stdout, stderr]), [first.stdout, ""]);
});

void test("two at once build once", async () => {
    await install("go", go('echo a/b >&2; /bin/sleep 1; : > "$out/etcd"'));
    const [one, other] = await Promise.all([run(["etcd"]), run(["etcd"])]);
    assert.equal(one.stdout, other.stdout);
    assert.equal([one, other].filter(({ stderr }) => stderr.includes("packages compiled")).length, 1);
});

void test("a failed build shows what Go said and leaves nothing behind", async () => {
    await install("go", go(': > "$out/etcd"; echo "x.go:1:1: dial tcp: connection refused" >&2; exit 1'));
    const { stderr, exitCode } = await run(["etcd"]);
    assert.match(
        stderr,
        /Building etcd failed \(go build: exit code 1\)\.\nx\.go:1:1: dial tcp.*\nA module could not be down/,
    );
    assert.equal(exitCode, 1);
    assert.deepEqual(await cached(), []);
});

void test("an interrupted build leaves no tool, and the next one clears up", async () => {
    await install("go", go(': > "$out/etcd"; echo a/b >&2; kill -9 $PPID'));
    assert.equal((await run(["etcd"])).signal, "SIGKILL");
    await install("go", go(': > "$out/etcd"'));
    assert.equal((await run(["etcd"])).exitCode, 0);
    assert.deepEqual(await cached(), ["etcd"]);
});

void test("two versions of a controller are two tools, each built from its own module", async () => {
    await install("go", go('echo a/b >&2; echo "$PWD" > "$out/helm-controller"'));
    const { stdout } = await run(["helm-controller", "previous-helm-controller"]);
    const built = stdout.split("\n").map((line) => line.replace(/^\S+ +/, ""));
    const directories = await Promise.all(built.map((path) => readFile(path, "utf8")));
    assert.deepEqual(
        directories.map((directory) => basename(directory.trim())),
        ["tools", "previous"],
    );
});
