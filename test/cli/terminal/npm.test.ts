import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { fluxcdCommand } from "../../../cli/program";
import { optionsThatNpmTook } from "../../../cli/terminal/npm";

describe("Options of fluxcd that npm takes for itself", () => {
    const program = fluxcdCommand();
    const byNpm = { npm_lifecycle_event: "fluxcd", npm_config_noproxy: "", npm_config_loglevel: "silent" };
    /** What is said of arguments, and of what npm made of the others. */
    const said = (args: string, env: Record<string, string>) => {
        const error = optionsThatNpmTook(program, ["node", "cli/main.ts", ...args.split(" ")], env);
        assert.ok(error === undefined || error.exitCode === 2);
        return error?.message;
    };
    const refused = (options: string) =>
        `npm consumed ${options}, so the command did not get it: run npx fluxcd with the same ` +
        "arguments, or put all options after the two dashes of npm run fluxcd --.";

    // The environments are those that npm 11 makes of `npm run fluxcd` with the option behind each.
    for (const [args, variables, options] of [
        ["promote production", { npm_config_json: "true" }, "--json"],
        ["promote production", { npm_config_dry_run: "true" }, "--dry-run"],
        ["promote production", { npm_config_diff: "false" }, "--no-diff"],
        ["promote production", { npm_config_yes: "true", npm_config_pr: "true" }, "--yes and --pr"],
        ["promote production patch", { npm_config_bump: "true" }, "--bump"],
        ["rollback production why", { npm_config_reason: "true" }, "--reason"],
        ["rollback production", { npm_config_infrastructure_first: "true" }, "--infrastructure-first"],
        ["history production 3", { npm_config_limit: "true" }, "--limit"],
    ] as const) {
        it(`are refused, and the message names the correct command: ${options}`, () => {
            assert.equal(said(args, { ...byNpm, ...variables }), refused(options));
        });
    }

    it("are also refused for a subcommand", () => {
        const env = { ...byNpm, npm_config_pull_request: "true" };
        assert.equal(said("ci preview 12", env), refused("--pull-request"));
        assert.equal(said("ci drift", { ...byNpm, npm_config_issue: "true" }), refused("--issue"));
    });

    it("are accepted after two dashes", () => {
        assert.equal(said("promote production --json", { ...byNpm, npm_config_json: "true" }), undefined);
        assert.equal(said("promote production --bump=patch", { ...byNpm, npm_config_bump: "true" }), undefined);
        assert.equal(said("promote production --no-diff", { ...byNpm, npm_config_diff: "false" }), undefined);
    });

    it("are accepted if they belong to another command or to npm's own defaults", () => {
        const env = { ...byNpm, npm_config_json: "", npm_config_audit: "true", npm_config_limit: "3" };
        assert.equal(said("promote production", env), undefined);
        assert.notEqual(said("history production", env), undefined);
    });

    it("are accepted with npx, with another npm script and without npm", () => {
        for (const npm_lifecycle_event of ["npx", "test", ""]) {
            assert.equal(said("promote production", { npm_lifecycle_event, npm_config_json: "true" }), undefined);
        }
        assert.equal(said("promote production", { npm_config_json: "true" }), undefined);
    });

    it("make the command exit with 2 before it does anything", () => {
        const args = ["run", "--silent", "fluxcd", "promote", "production", "--dry-run"];
        const { status, stdout, stderr } = spawnSync("npm", args, { encoding: "utf8" });
        assert.deepEqual([status, stdout, stderr], [2, "", `${refused("--dry-run")}\n`]);
    });
});
