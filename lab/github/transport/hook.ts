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
    const before = await git.run(["for-each-ref"]);
    return async () => {
        if ((await git.run(["for-each-ref"])) !== before) {
            await refsChanged(lab, repository, by);
        }
    };
}
