import type { Command } from "commander";

import { later, subcommand } from "../terminal/command";

const help = `
It builds the overlays of every environment as Flux does, at one revision, that of the first stack, and compares them field by
field. It names a folder that does not build, and compares the others.
infrastructure/audit.yaml and apps/audit.yaml in the repositories declare the intended differences and their reasons. A
difference between the releases of the stacks is shown, but is not an error. It changes nothing. It needs git, and kustomize
or kubectl. docs/drift.md has an example.

Examples:
  npx fluxcd audit
  npx fluxcd audit --ref my-branch --source apps
  npx fluxcd audit --json

Exit codes: 0 every difference is declared, 1 one is not, a declaration is stale, a folder does not build, or it failed,
2 wrong usage.`;

export function auditCommand(): Command {
    return subcommand("audit", "Show the differences between the environments that nobody declared.")
        .option("--ref <ref>", "a branch, tag or commit, instead of the revision of the first stack")
        .option("--source <source>", "only this source, such as apps")
        .option("--json", "print JSON")
        .addHelpText("after", help)
        .action(later(async () => (await import("./run.js")).run));
}
