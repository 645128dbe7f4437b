import { join } from "node:path";
import type { Lab } from "../lab.ts";
import { refRules } from "../rest/call.ts";
import type { Repository } from "../store.ts";

/** Makes a push pass the repository's rules: git runs `hooks/update` for every ref, which reads them from here. */
export function hookEnvironment(lab: Lab, repository: Repository): Record<string, string> {
    return {
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "core.hooksPath",
        GIT_CONFIG_VALUE_0: join(import.meta.dirname, "../hooks"),
        LAB_NODE: process.execPath,
        LAB_RULES: JSON.stringify(refRules(lab, repository)),
    };
}
