import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { scratchFolder } from "./scratch";

export interface ScaffoldClone {
    readonly write: (path: string, text: string) => void;
    readonly link: (path: string, target: string) => void;
    readonly git: (...args: string[]) => void;
    /** The exit code, the output, and the objects that kubeconform got. */
    readonly validate: () => { code: number | null; output: string; checked: string };
    readonly folder: string;
}

/** A clone of a repository with the first content, and a kubeconform that only looks. */
export function cloneOf(repository: string): ScaffoldClone {
    const [folder, bin] = [scratchFolder(), scratchFolder()];
    cpSync(join("scaffold", repository), folder, { recursive: true });
    writeFileSync(join(bin, "kubeconform"), `#!/bin/sh\ncat >> ${join(bin, "checked")}\n`);
    chmodSync(join(bin, "kubeconform"), 0o755);
    const env = { PATH: `${bin}:${process.env.PATH ?? ""}`, HOME: bin, GIT_CONFIG_NOSYSTEM: "1" };
    const git = (...args: string[]) => {
        execFileSync("git", args, { cwd: folder, env, stdio: "pipe" });
    };
    const made = (path: string) => {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        return join(folder, path);
    };
    git("init", "--quiet");
    git("add", "--all");
    return {
        folder,
        git,
        write: (path, text) => {
            writeFileSync(made(path), text);
        },
        link: (path, target) => {
            symlinkSync(target, made(path));
        },
        validate: () => {
            const { status, stdout, stderr } = spawnSync("bash", ["scripts/validate.sh"], {
                cwd: folder,
                env,
                encoding: "utf8",
            });
            const { stdout: checked } = spawnSync("cat", [join(bin, "checked")], { encoding: "utf8" });
            return { code: status, output: `${stdout}${stderr}`, checked };
        },
    };
}
