import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { checkout, labDirectory } from "./paths.ts";
import { type Processes, firstJsonLine } from "./processes.ts";
import type { Settings } from "./settings.ts";

/** What GitHub's stand-in says when it is ready. */
export interface GitHub {
    url: string;
    proxy: string;
    ca: string;
}

export async function ensureGitHub(
    processes: Processes,
    { token, github }: Settings,
): Promise<{ value: GitHub; changed: boolean }> {
    const data = join(labDirectory, "github");
    mkdirSync(data, { recursive: true });
    const { record, started } = await processes.ensure({
        name: "github",
        command: [
            process.execPath,
            join(checkout, "lab", "github", "main.ts"),
            ...["--data", data, "--releases", join(labDirectory, "releases"), "--token", token],
            ...["--port", String(github.port), "--ssh-port", String(github.sshPort)],
            ...["--proxy-port", String(github.proxyPort)],
        ],
        log: join(labDirectory, "log", "github.log"),
        ready: ({ log }) => firstJsonLine(log),
        timeoutSeconds: 30,
    });
    return { value: record.ready as GitHub, changed: started };
}

/** Puts a release where the stand-in's downloads find it. */
export function provideRelease(version: string, manifest: string): void {
    const directory = join(labDirectory, "releases", version);
    const file = join(directory, "install.yaml");
    mkdirSync(directory, { recursive: true });
    copyFileSync(manifest, file);
}

/** Has the stand-in deliver webhooks for `flux.<cluster>.example.com` to that cluster, as DNS and an Ingress would. */
export async function leadWebhooks(url: string, receivers: Record<string, string>): Promise<void> {
    const hosts = Object.entries(receivers).map(([cluster, address]) => [`flux.${cluster}.example.com`, address]);
    const body = JSON.stringify(Object.fromEntries(hosts));
    const { ok, status } = await fetch(`${url}/_lab/hosts`, { method: "POST", body });
    if (!ok) throw new Error(`GitHub's stand-in takes no hosts: status ${status}`);
}
