import { join } from "node:path";
import type { Lab } from "../lab.ts";
import { GitRepository } from "../git/repository.ts";
import { refsChanged } from "../pulls.ts";
import { refRules } from "../rest/call.ts";
import type { Repository, Token } from "../store.ts";

/** Makes a push pass the repository's rules: git runs `hooks/update` for every ref, which reads them from here. */
export function hookEnvironment(lab: Lab, repository: Repository, token?: Token): Record<string, string> {
    return {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.hooksPath",
        GIT_CONFIG_VALUE_0: join(import.meta.dirname, "../hooks"),
        LAB_NODE: process.execPath,
        LAB_RULES: JSON.stringify(refRules(lab, repository, token)),
    };
}

/** Begins a push; what it returns ends it, and remembers that something was pushed if any ref is another than before. */
export async function watchRefs(lab: Lab, repository: Repository, by: string | null): Promise<() => Promise<void>> {
    const git = new GitRepository(lab.store.gitDirectory(repository));
    const before = await refsOf(git);
    return async () => {
        const after = await refsOf(git);
        const moves = [...new Set([...before.keys(), ...after.keys()])]
            .map((ref) => ({ ref, before: before.get(ref) ?? null, after: after.get(ref) ?? null }))
            .filter((move) => move.before !== move.after);
        if (moves.length > 0) {
            await refsChanged(lab, repository, by, moves);
        }
    };
}

async function refsOf(git: GitRepository): Promise<Map<string, string>> {
    const lines = (await git.run(["for-each-ref", "--format=%(refname) %(objectname)"])).split("\n");
    return new Map(lines.filter((line) => line !== "").map((line) => line.split(" ") as [string, string]));
}
