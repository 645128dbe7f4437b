import { posix } from "node:path";

import { removeConfig } from "../domain/commands";
import type { Problem } from "../domain/problem";
import { appliedFrom, type Kustomizations } from "./kustomizations";
import type { Sources } from "./sources";

/** The Kustomizations whose folder is not in their source's artifact, because `sparseCheckout` leaves it out. */
export function sparseProblems(
    { sources, kustomizations }: { readonly sources: Sources; readonly kustomizations: Kustomizations },
    stack: string,
): Problem[] {
    return Object.values(sources).flatMap(({ name, sparseCheckout }) => {
        const folders = sparseCheckout?.map(normal);
        const out = appliedFrom(kustomizations, name).filter(({ path }) => folders && !isIn(normal(path), folders));
        return out.map(({ name: applier, path }): Problem => {
            const key = `fluxcd:kustomizations.${applier}.path`;
            const expected = `is not in the folders of fluxcd:sources.${name}.sparseCheckout, so Flux would not find it: ${sparseCheckout?.join(", ") ?? ""}`;
            const fix = `add the folder there, or fetch all of them: ${removeConfig(stack, `fluxcd:sources.${name}.sparseCheckout`)}`;
            return { key, value: path, expected, fix };
        });
    });
}

function normal(path: string): string {
    return posix.normalize(path).replace(/\/$/, "");
}

/** Whether a folder is in one of the folders, or contains one. */
function isIn(path: string, folders: readonly string[]): boolean {
    const contains = (one: string, other: string) => one === "." || one === other || other.startsWith(`${one}/`);
    return folders.some((folder) => contains(folder, path) || contains(path, folder));
}
