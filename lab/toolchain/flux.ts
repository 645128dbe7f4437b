import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { chmod, cp, glob, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { cacheDirectory } from "../paths.ts";
import { compile, exclusively, explain } from "./build.ts";
import { moduleDirectory, requireGo } from "./go.ts";
import { controllersOf, fluxBases, kustomize } from "./manifest.ts";
import { Progress, type Log } from "./progress.ts";

/**
 * The flux command of a release, for the bench to be measured against. The manifests that it installs are no part of its
 * Go module, so it is built as its Makefile does it: its source with the manifests put beside it, optimised as released
 * (https://github.com/fluxcd/flux2/blob/main/Makefile). It installs the controllers that the lab has.
 */
export async function fluxCommand(version: string, log?: Log): Promise<string> {
    const chosen = controllersOf();
    const key = createHash("sha256")
        .update(readFileSync(import.meta.filename))
        .update(JSON.stringify([process.platform, process.arch, version, chosen]));
    const directory = join(cacheDirectory, "tools", `flux-${version}-${key.digest("hex").slice(0, 16)}`);
    const flux = join(directory, "flux");
    if (existsSync(flux)) return flux;
    await requireGo();
    await mkdir(directory, { recursive: true });
    await exclusively(directory, log, async () => {
        if (existsSync(flux)) return;
        const work = await mkdtemp(join(directory, ".build-"));
        try {
            const source = join(work, "source");
            await cp(await moduleDirectory("github.com/fluxcd/flux2/v2", version), source, { recursive: true });
            await writable(source);
            await fluxBases(version, chosen, join(work, "manifests"));
            const embedded = join(source, "cmd", "flux", "manifests");
            await mkdir(embedded, { recursive: true });
            const bases = (await readdir(join(work, "manifests", "bases"))).map((name) => join("bases", name));
            for (const base of [...bases, "rbac", "policies"])
                await kustomize(join(work, "manifests", base), join(embedded, `${basename(base)}.yaml`), log);
            const linked = `-ldflags=-s -w -X main.VERSION=${version.replace(/^v/, "")}`;
            const flags = ["-v", "-mod=readonly", "-buildvcs=false", "-trimpath", linked];
            const progress = new Progress([`flux ${version}`], log);
            const to = join(work, "flux");
            const { failed, said, end } = await compile(["build", ...flags, "-o", to, "./cmd/flux"], source, progress);
            if (failed) throw new Error(explain(["flux"], said, end));
            progress.done();
            await rename(join(work, "flux"), flux);
        } finally {
            await rm(work, { recursive: true });
        }
    });
    return flux;
}

/** The module cache is read-only, and so is what is copied out of it. */
async function writable(directory: string): Promise<void> {
    await chmod(directory, 0o755);
    for await (const path of glob("**/*", { cwd: directory })) await chmod(join(directory, path), 0o755);
}
