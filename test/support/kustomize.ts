import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";

const run = promisify(execFile);

export interface Manifest {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string; labels?: Record<string, string> };
    [field: string]: unknown;
}

const commands = [
    ["kustomize", "build"],
    ["kubectl", "kustomize"],
] as const;

/** Builds a directory with the kustomize of this machine: the standalone one, or the one inside kubectl. */
export async function kustomizeBuild(directory: string): Promise<Manifest[]> {
    for (const [command, subcommand] of commands) {
        try {
            const { stdout } = await run(command, [subcommand, directory]);
            return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
                throw error;
            }
        }
    }
    throw new Error(
        "Neither kustomize nor kubectl is on the PATH, so the manifests cannot be built. " +
            "Install kubectl: https://kubernetes.io/docs/tasks/tools/",
    );
}
