import { randomInt } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shell } from "../shell.ts";
import { inEachRepository, workDirectory } from "./support.ts";

const image = /(podinfo:)\d+\.\d+\.\d+/;
const folder = join(workDirectory, "fluxcd-apps");

/** Gives the example app another image, on main; `applied` is when dev has it, and its workload is ready. */
export async function pushChange(): Promise<{ readonly applied: Promise<unknown> }> {
    await inEachRepository("git fetch -q");
    const file = join(folder, "apps/base/podinfo/deployment.yaml");
    const manifest = await readFile(file, "utf8");
    await writeFile(file, manifest.replace(image, `$16.${randomInt(100, 1_000_000)}.0`));
    const author = "-c user.name=bench -c user.email=bench@example.com";
    await shell(`git ${author} commit -qam "Take another podinfo"`, undefined, folder);
    const commit = await shell("git rev-parse HEAD", undefined, folder);
    await shell("git push -q origin main", undefined, folder);
    const wait = "kubectl --context dev -n flux-system wait kustomization/apps --timeout=180s";
    return { applied: shell(`${wait} --for=jsonpath='{.status.lastAppliedRevision}'=main@sha1:${commit}`) };
}
