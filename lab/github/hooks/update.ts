// One ref of a push: exits with 1, and GitHub's text on standard error, if the repository's rules refuse it.

import { execFileSync, spawnSync } from "node:child_process";
import { pushMessage, refusal, type RefRules } from "../git/rules.ts";

const [, , ref = "", before = "", after = ""] = process.argv;
const rules = JSON.parse(process.env.LAB_RULES ?? "") as RefRules;
const absent = /^0+$/;

// Quarantined objects of the push are visible to git here, so the history can be asked before the ref moves.
const known = !absent.test(before) && !absent.test(after);
const fastForward = known && spawnSync("git", ["merge-base", "--is-ancestor", before, after]).status === 0;

const change = {
    ref,
    before: absent.test(before) ? null : before,
    after: absent.test(after) ? null : execFileSync("git", ["rev-parse", after], { encoding: "utf8" }).trim(),
    fastForward,
};
const refused = refusal(rules, change);
if (refused !== undefined) {
    process.stderr.write(pushMessage(rules, change, refused));
    process.exitCode = 1;
}
