import { existsSync } from "node:fs";
import { join, posix } from "node:path";

import { foldersOf, namesIn } from "../clients/contents";
import type { GitHub } from "../clients/github";
import type { Config } from "../config";
import { appliedFrom, type Kustomization, optionalKustomization } from "../config/kustomizations";
import { isOwn, ownRepositories, type PromotedSource } from "../config/sources";
import { setConfig } from "../domain/commands";
import type { Problem } from "../domain/problem";
import { required } from "../domain/records";

interface Place extends PromotedSource {
    /** The commit that Flux would apply; undefined if the ref does not exist. */
    readonly commit: string | undefined;
    /** Whether this run pushes the first content, or has to wait for the stack that does. */
    readonly isEmpty: boolean;
}

/**
 * The folders that Flux would apply and that do not exist: an update would wait for them until its timeout. A stopped
 * Kustomization needs none.
 */
export async function folderProblems(config: Config, github: GitHub, place: Place): Promise<Problem[]> {
    const { name, repository, commit, suspend } = place;
    const applied = appliedFrom(config.kustomizations, name).filter((it) => it.suspend !== true && suspend !== true);
    if (commit === undefined) {
        return place.isEmpty ? contentProblems(config, name) : [];
    }
    const at = github.of(repository);
    const found = await Promise.all(
        applied.map(async (kustomization) => {
            const path = pathOf(kustomization);
            const isThere = path === "" || (await namesIn(github.octokit, at, { path, ref: commit })) !== undefined;
            return { kustomization, isThere };
        }),
    );
    const missing = found.filter(({ isThere }) => !isThere);
    // Without the root, the token cannot read the content, which other checks report.
    const folders = missing.length === 0 ? undefined : await foldersOf(github.octokit, at, commit);
    return missing.flatMap(({ kustomization }) =>
        folders ? missingProblem(config, kustomization, { ...place, folders }) : [],
    );
}

/** The first content has folders for the environments that the project has, and for no others. */
export function contentProblems(config: Config, source: string): Problem[] {
    if (!isOwn(source) || config.repositories.mode !== "manage") {
        return [];
    }
    const { scaffold } = required(ownRepositories(config), source);
    return appliedFrom(config.kustomizations, source)
        .filter((it) => it.suspend !== true && !existsSync(join(scaffold, pathOf(it))))
        .map((it) => ({
            key: `fluxcd:kustomizations.${it.name}.path`,
            value: it.path,
            expected: `the first content of its repository, ${scaffold}, has no such folder, so Flux would wait for it`,
            fix: `cp -r ${scaffold}/${likely(scaffold, source, it)} ${scaffold}/${pathOf(it)}   (then edit the copy, or set fluxcd:environment)`,
        }));
}

/** The folder to copy: dev's beside the one that is missing, or else dev's overlay. */
function likely(scaffold: string, source: string, kustomization: Kustomization): string {
    const beside = posix.join(posix.dirname(pathOf(kustomization)), "dev");
    return existsSync(join(scaffold, beside)) ? beside : `${source}/overlays/dev`;
}

function missingProblem(
    { stack, github }: Config,
    { name, path }: Kustomization,
    { repository, ref, folders }: Place & { readonly folders: readonly string[] },
): Problem[] {
    const at = "tag" in ref ? ref.tag : ref.branch;
    const has = folders.length > 0 ? `it has ${folders.join(", ")}` : "it has no folders";
    const expected = `${github.owner}/${repository} has no such folder at ${at}, so Flux would wait for it: ${has}`;
    const key = `fluxcd:kustomizations.${name}.path`;
    const set =
        name === optionalKustomization
            ? setConfig(stack, `fluxcd:kustomizations.${name}.enabled`, "false")
            : setConfig(stack, key, "./<folder>");
    const fix = `${set}   (or add the folder to the repository)`;
    return [{ key, value: path, expected, fix }];
}

/** The path as GitHub writes it, relative to the root; empty for the root. */
export function pathOf({ path }: Pick<Kustomization, "path">): string {
    return path
        .split("/")
        .filter((part) => part !== "" && part !== ".")
        .join("/");
}
