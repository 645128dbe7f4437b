import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkout, labDirectory } from "./paths.ts";
import { freePorts } from "./ports.ts";
import { readJson, writeJson } from "./processes.ts";

/** What one lab keeps from its first `up` to its `down`: addresses and credentials end in the stacks' state. */
export interface Settings {
    token: string;
    passphrase: string;
    github: { port: number; sshPort: number; proxyPort: number };
    /** Where each tool is, as the last `up` found them. */
    tools: Record<string, string>;
}

const file = join(labDirectory, "lab.json");

export function readSettings(): Settings | undefined {
    return readJson(file) as Settings | undefined;
}

export function saveSettings(settings: Settings): void {
    writeJson(file, settings);
}

export async function newSettings(): Promise<Settings> {
    const [port = 0, sshPort = 0, proxyPort = 0] = await freePorts(3);
    return {
        token: `ghp_${randomBytes(18).toString("hex")}`,
        passphrase: randomBytes(18).toString("base64url"),
        github: { port, sshPort, proxyPort },
        tools: {},
    };
}

export interface Project {
    name: string;
    fluxVersion: string;
}

/** What the lab must know of the program: its name, and the release that it installs unless a stack says otherwise. */
export function readProject(): Project {
    const { name, config } = parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8")) as {
        name: string;
        config: Record<string, { default?: string; value?: string } | undefined>;
    };
    const version = config["fluxcd:fluxVersion"];
    return { name, fluxVersion: version?.default ?? version?.value ?? "" };
}
