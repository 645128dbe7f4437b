import { execFile } from "node:child_process";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { parseDocument } from "yaml";

import { messageOf } from "../../domain/problem";
import type { Artifact } from "./artifact";
import { plainPath, type Prepared, prepared } from "./fluxKustomization";
import { findProgram, needsShell } from "./programs";
import { type References, referencesOf } from "./references";
import { substituted } from "./variables";

const run = promisify(execFile);
const maxBuffer = 256 * 1024 * 1024;

/** The command that builds a kustomization; the folder is added as its last argument. */
export type Kustomize = readonly [command: string, ...args: string[]];

/** A folder that a Kustomization applies, and the fields of its spec that change the objects in it. */
export interface Folder {
    readonly path: string;
    readonly targetNamespace?: string | undefined;
    readonly substitute?: Readonly<Record<string, string>> | undefined;
}

/** The reason why there are no manifests of a folder. */
export interface Failure {
    readonly failure: string;
    /** Whether only this machine may be the reason, such as an address that it does not reach. */
    readonly isOnlyHere: boolean;
}

export const missingKustomize = "neither kustomize nor kubectl is on the PATH: https://kubernetes.io/docs/tasks/tools/";

/** The kustomize of this machine: the standalone one, or the one in kubectl; undefined if there is none. */
export function findKustomize(): Kustomize | undefined {
    // Flux limits a build to the repository, and not to the folder of each kustomization:
    // https://github.com/fluxcd/pkg/blob/kustomize/v1.35.6/kustomize/kustomize_generator.go
    const flags = ["--load-restrictor", "LoadRestrictionsNone"];
    const candidates = [
        ["kustomize", "build"],
        ["kubectl", "kustomize"],
    ] as const;
    const found = candidates.flatMap(([name, subcommand]): Kustomize[] => {
        const program = findProgram(name);
        // A shell would interpret the path of a folder.
        return program === undefined || needsShell(program) ? [] : [[program, subcommand, ...flags]];
    });
    return found[0];
}

/** The manifests that Flux makes of a folder. Folders of one artifact are built one after the other. */
export async function render(kustomize: Kustomize, artifact: Artifact, folder: Folder): Promise<string | Failure> {
    const before = builds.get(artifact) ?? Promise.resolve("");
    const build = before.then(() => renderAlone(kustomize, artifact, folder));
    builds.set(artifact, build);
    return build;
}

/** The last build of each artifact. A build changes the kustomization of its folder, which others may read. */
const builds = new WeakMap<Artifact, Promise<string | Failure>>();

async function renderAlone(kustomize: Kustomize, artifact: Artifact, folder: Folder): Promise<string | Failure> {
    const path = plainPath(folder.path);
    const directory = join(artifact.root, path);
    const found = await stat(directory).catch(() => undefined);
    if (!found?.isDirectory()) {
        const why = artifact.leftOut.get(path);
        return broken(why === undefined ? "there is no such folder" : `Flux does not read ${path}: it ${why}`);
    }
    const own = await prepared(directory, folder.targetNamespace);
    try {
        await replace(own, own.text);
    } catch (error) {
        return broken(`Flux cannot write a kustomization: ${messageOf(error).replaceAll(artifact.root, ".")}`);
    }
    try {
        const references = await referencesOf(artifact.root, directory);
        const [outside] = references.outside;
        if (outside !== undefined) {
            return broken(`${outside} is outside the repository, where Flux reads nothing`);
        }
        const submodule = artifact.submodules.find(
            (it) => references.inside.some((file) => isIn(it, file)) || (own.original === undefined && isIn(path, it)),
        );
        if (submodule !== undefined) {
            return { failure: `Flux reads the submodule ${submodule}, which is not read here`, isOnlyHere: true };
        }
        const built = await build(kustomize, artifact, directory);
        if (typeof built !== "string") {
            return explained(built, references, artifact);
        }
        return withVariables(built, folder.substitute ?? {});
    } finally {
        await replace(own, own.original);
    }
}

function isIn(folder: string, path: string): boolean {
    return folder === "." || path === folder || path.startsWith(`${folder}/`);
}

async function replace({ file, text }: Prepared, content: string | undefined): Promise<void> {
    if (text !== undefined) {
        await (content === undefined ? rm(file) : writeFile(file, content));
    }
}

async function build([command, ...args]: Kustomize, { root }: Artifact, directory: string): Promise<string | Failure> {
    try {
        return (await run(command, [...args, directory], { cwd: root, env: buildEnvironment(), maxBuffer })).stdout;
    } catch (error) {
        const { stderr = "", code } = error as { stderr?: string; code?: unknown };
        const words = stderr.trim() === "" ? messageOf(error) : plainWords(stderr.trim());
        // kustomize before version 4 and kubectl before version 1.21 have no such flag.
        const isOnlyHere = code !== 1 || /unknown (flag|command)|executable file not found/.test(words);
        return { failure: words.replaceAll(directory, ".").replaceAll(root, "."), isOnlyHere };
    }
}

/** The words in an error of kubectl, some versions of which write it as a line of a log. */
function plainWords(stderr: string): string {
    const [, logged] = /^E\d{4} \S+ +\d+ \S+\] "command failed" err=("[^]*")$/m.exec(stderr) ?? [];
    try {
        return logged === undefined ? stderr.replace(/^error: /, "") : String(JSON.parse(logged));
    } catch {
        return stderr;
    }
}

/**
 * kustomize reads missing values of an env file from its environment. A token of this machine must not become part of a
 * manifest that is shown, or of a pull request.
 */
function buildEnvironment(): NodeJS.ProcessEnv {
    const names =
        /^(PATH|PATHEXT|HOME|USERPROFILE|SYSTEMROOT|WINDIR|TEMP|TMP|TMPDIR|APPDATA|LOCALAPPDATA|XDG_CONFIG_HOME|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO|SSH_AUTH_SOCK|(ASDF|MISE|AQUA|NIX)_.*)$/i;
    const kept = Object.entries(process.env).filter(([name]) => names.test(name));
    // A person's preferences for kubectl do not count: https://kubernetes.io/docs/reference/kubectl/kuberc/
    return { ...Object.fromEntries(kept), KUBERC: "off", GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "", LC_ALL: "C" };
}

/** Adds what the build would need: files that Flux leaves out, and addresses. */
function explained({ failure, isOnlyHere }: Failure, { inside, remote }: References, { leftOut }: Artifact): Failure {
    const missing = inside.flatMap((path) => {
        const parent = [...leftOut.keys()].find((left) => isIn(left, path));
        return parent === undefined ? [] : [`Flux does not read ${path}: ${parent} ${leftOut.get(parent) ?? ""}.`];
    });
    const addresses = remote.map((address) => `It reads ${address}, which must be reached from here.`);
    return {
        failure: [failure, ...missing, ...addresses].join("\n"),
        isOnlyHere: isOnlyHere || (remote.length > 0 && missing.length === 0),
    };
}

function broken(failure: string): Failure {
    return { failure, isOnlyHere: false };
}

const switchName = "kustomize.toolkit.fluxcd.io/substitute";

/** https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution */
function withVariables(manifests: string, substitute: Readonly<Record<string, string>>): string | Failure {
    const variables = Object.fromEntries(
        Object.entries(substitute).map(([name, value]) => [name, value.replaceAll("\n", "")]),
    );
    if (Object.keys(variables).length === 0) {
        return manifests;
    }
    try {
        return manifests
            .split(/^---\n/m)
            .map((manifest) => (isSwitchedOff(manifest) ? manifest : checked(substituted(manifest, variables))))
            .join("---\n");
    } catch (error) {
        return broken(messageOf(error));
    }
}

function isSwitchedOff(manifest: string): boolean {
    const document = parseDocument(manifest);
    return ["labels", "annotations"].some((field) => document.getIn(["metadata", field, switchName]) === "disabled");
}

function checked(manifest: string): string {
    const [error] = parseDocument(manifest).errors;
    if (error) {
        throw new Error(`a manifest is no YAML once its variables have their values: ${error.message}`);
    }
    return manifest;
}
