import assert from "node:assert/strict";

import { expiring } from "../../../cli/ci/drift";
import { projectOf } from "../../../cli/ci/github";
import { linkToRun, reportOf } from "../../../cli/ci/markdown";
import { changesIn } from "../../../cli/ci/preview";
import { CommandError } from "../../../cli/terminal/exit";

describe("fluxcd ci", () => {
    it("summarizes the changes of a preview in one line", () => {
        const output =
            "Previewing update (dev):\n\nResources:\n    + 2 to create\n    ~ 1 to update\n    56 unchanged\n\n";
        assert.equal(changesIn(output), "+ 2 to create, ~ 1 to update");
        assert.equal(changesIn("Resources:\n    58 unchanged\n"), "no changes");
        assert.equal(changesIn(""), "no changes");
    });

    it("reports a table of results, the printed output and a link to the run", () => {
        const part = { title: "dev", summary: "a | b", output: "+ key\n" };
        assert.equal(
            reportOf("Preview", [part, { title: "staging", summary: "no changes", output: "" }], "[The run](x)"),
            "### Preview\n\n| | |\n|---|---|\n| dev | a \\| b |\n| staging | no changes |\n\n" +
                "<details><summary>dev</summary>\n\n```text\n+ key\n```\n\n</details>\n\n[The run](x)",
        );
    });

    it("uses a code fence that the printed output cannot close", () => {
        const report = reportOf("Preview", [{ title: "dev", summary: "", output: "```\n<script>\n````" }], "");
        assert.match(report, /\n`````text\n```\n<script>\n````\n`````\n/);
    });

    it("shortens the report to the length that GitHub accepts", () => {
        const output = "x".repeat(100_000);
        const parts = ["dev", "staging", "production"].map((title) => ({ title, summary: "", output }));
        const report = reportOf("Preview", parts, "[The run](x)");
        assert.ok(report.length < 65_536, String(report.length));
        assert.ok(report.length > 60_000, String(report.length));
        assert.equal(report.match(/the rest is in the log of the run/g)?.length, 3);
    });

    it("links to the run only in GitHub Actions", () => {
        const run = { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "misua/fluxcd", GITHUB_RUN_ID: "7" };
        assert.equal(linkToRun(run), "[The run](https://github.com/misua/fluxcd/actions/runs/7)");
        assert.equal(linkToRun({}), "");
    });

    it("warns about a credential that expires within the configured number of days", () => {
        const now = new Date("2026-11-23T12:00:00Z");
        assert.deepEqual(expiring(undefined, 14, now), []);
        assert.deepEqual(expiring("2026-12-31T12:00:00Z", 14, now), []);
        assert.match(
            expiring("2026-11-30T13:00:00Z", 14, now)[0] ?? "",
            /expires in 7 days.*, at 2026-11-30T13:00:00Z/,
        );
        assert.match(expiring("2026-11-22T12:00:00Z", 14, now)[0] ?? "", /has expired/);
    });

    it("exits with 2 if the token or the repository is missing or invalid", () => {
        for (const env of [
            { GH_TOKEN: "t" },
            { GITHUB_REPOSITORY: "misua/fluxcd" },
            { GITHUB_REPOSITORY: "fluxcd", GH_TOKEN: "t" },
        ]) {
            assert.throws(
                () => projectOf(env),
                (error) => error instanceof CommandError && error.exitCode === 2 && error.problems.length === 1,
            );
        }
        assert.deepEqual(projectOf({ GITHUB_REPOSITORY: "misua/fluxcd", GITHUB_TOKEN: "t" }).repository, {
            owner: "misua",
            repo: "fluxcd",
        });
    });
});
