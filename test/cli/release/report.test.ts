import assert from "node:assert/strict";

import { createColors } from "picocolors";

import { forPeople, forPullRequest, type Report, type SourceReport, titleOf } from "../../../cli/release/report";
import { asJson } from "../../../cli/release/reportJson";

const [before, after] = ["a".repeat(40), "b".repeat(40)];
const commits = [{ sha: after, author: "Ada", subject: "Raise the quota" }];

const link = "https://github.com/misua/fluxcd-apps/compare/a...b";

const apps: SourceReport = {
    repository: "misua/fluxcd-apps",
    from: { tag: "prod-v1.1.0", commit: before },
    to: { tag: "prod-v1.2.0", commit: after },
    changes: true,
    exists: false,
    between: { status: "ahead", total: 23, commits, htmlUrl: link },
    overlay: "apps/overlays/production",
    diff: { diff: "--- before\n+++ after\n-a: 1\n+a: 2\n" },
};

const report: Report = {
    command: "promote",
    stack: "production",
    version: "1.2.0",
    origin: "From staging: its running release, as its cluster says.",
    exemption: undefined,
    sources: { apps },
    notes: [],
    refused: [],
};

const plain = (it: Report) => forPeople(it, createColors(false));
const withApps = (changed: Partial<SourceReport>) => ({ ...report, sources: { apps: { ...apps, ...changed } } });

describe("The report of a promotion", () => {
    it("names the old and new release, the commits between them, and the diff of the overlay", () => {
        const text = plain(report);
        assert.match(text, /^Promote production to 1\.2\.0\n\nFrom staging/);
        assert.match(
            text,
            /prod-v1\.1\.0 -> prod-v1\.2\.0 \(bbbbbbb, a new tag\)\n {2}23 commits\n {4}bbbbbbb {2}Ada {2}Raise/,
        );
        assert.match(text, /and 22 more\n {2}https:\/\/github\.com\/misua\/fluxcd-apps\/compare\/a\.\.\.b/);
        assert.match(text, /-a: 1\n\+a: 2/);
    });

    it("has colors only if they are enabled", () => {
        const escape = String.fromCharCode(27);
        assert.ok(!plain(report).includes(escape));
        assert.ok(forPeople(report, createColors(true)).includes(`${escape}[32m+a: 2`));
    });

    describe("with a large diff", () => {
        const files = Array.from({ length: 1000 }, (_, at) => [
            `--- a/${at}`,
            `+++ b/${at}`,
            `-a: ${at}`,
            `+b: ${at}`,
            `+c: ${at}`,
        ]);
        const large = withApps({ diff: { diff: `${files.flat().join("\n")}\n` } });

        it("is cut in a terminal, and says how much it leaves out", () => {
            const lines = forPeople(large, createColors(false), true).split("\n");
            assert.ok(lines.length < 330, String(lines.length));
            const said =
                "... and 4700 more lines: 2000 lines added and 1000 removed in all. A pipe, such as | less, gets the complete diff.";
            assert.ok(lines.includes(said));
        });

        it("is complete in a file, in a pipe and with --json", () => {
            assert.ok(plain(large).includes("\n+c: 999"));
            const none = { made: [], edited: undefined, pullRequest: undefined, next: undefined, then: undefined };
            assert.match(JSON.stringify(asJson(large, none)), /\+c: 999\\n/);
        });

        it("is not cut if it fits", () => {
            const diff = Array.from({ length: 300 }, (_, at) => `+a: ${at}`).join("\n");
            assert.ok(!forPeople(withApps({ diff: { diff } }), createColors(false), true).includes("more lines"));
        });

        it("is cut in a pull request", () => {
            const source = { ...apps, diff: { diff: "+a\n".repeat(50_000) } };
            const names = ["infrastructure", "apps", "platform", "data"];
            const sources = Object.fromEntries(names.map((name) => [name, source]));
            assert.ok(forPullRequest({ ...report, sources }).length < 65_536);
        });
    });

    it("says how many commits there are if it shows only the newest of hundreds", () => {
        const newest = Array.from({ length: 20 }, (_, at) => ({ sha: after, author: "Ada", subject: `Change ${at}` }));
        const between = { status: "ahead", total: 740, commits: newest, htmlUrl: "https://example.com" } as const;
        const text = plain(withApps({ between }));
        assert.match(text, /\n {2}740 commits\n/);
        assert.match(text, /Change 19\n *and 720 more\n {2}https:\/\/example\.com/);
    });

    it("describes a rollback, unrelated commits, a first release and an unchanged source", () => {
        const between = { status: "behind", total: 1, commits, htmlUrl: "" } as const;
        assert.match(plain(withApps({ between })), /1 commit undone/);
        assert.match(plain(withApps({ between: undefined })), /GitHub finds no common history/);
        const unanswered = withApps({ between: { unanswered: "502" } });
        assert.match(plain(unanswered), /the commits are not known: GitHub did not compare the two: 502/);
        assert.doesNotMatch(plain(unanswered), /history|0 commits|more/);
        const uncounted = { status: "ahead", total: undefined, commits: [], htmlUrl: link } as const;
        assert.match(plain(withApps({ between: uncounted })), /commits that GitHub did not count\n {2}https:/);
        assert.match(plain(withApps({ from: undefined, between: undefined })), /nothing -> prod-v1\.2\.0/);
        assert.match(plain(withApps({ changes: false })), /stays at prod-v1\.2\.0/);
        assert.match(plain(withApps({ diff: { diff: "" } })), /Nothing changes in apps\/overlays\/production/);
        assert.match(plain(withApps({ diff: { skipped: "no git" } })), /are not shown: no git/);
    });

    it("has a section for each source, in the given order", () => {
        const platform = { ...apps, repository: "misua/fluxcd-platform", changes: false, diff: undefined };
        const three = { infrastructure: { ...apps, repository: "misua/fluxcd-infrastructure" }, platform, apps };
        const text = plain({ ...report, sources: three });
        const titles = text.split("\n").filter((line) => / {2}misua\//.test(line));
        assert.deepEqual(titles, [
            "infrastructure  misua/fluxcd-infrastructure",
            "platform  misua/fluxcd-platform",
            "apps  misua/fluxcd-apps",
        ]);
        const body = forPullRequest({ ...report, sources: three });
        assert.deepEqual(body.match(/^### .*$/gm), [
            "### infrastructure (misua/fluxcd-infrastructure)",
            "### platform (misua/fluxcd-platform)",
            "### apps (misua/fluxcd-apps)",
        ]);
    });

    it("names each tag in the title if the sources take different versions", () => {
        assert.equal(titleOf({ ...report, version: undefined }), "Promote production to apps prod-v1.2.0");
        const platform = { ...apps, to: { tag: "prod-v2.0.0", commit: after } };
        assert.equal(
            titleOf({ ...report, version: undefined, sources: { platform, apps } }),
            "Promote production to platform prod-v2.0.0, apps prod-v1.2.0",
        );
        assert.equal(titleOf({ ...report, command: "rollback" }), "Roll production back to 1.2.0");
    });

    it("shows the reason of an exemption", () => {
        assert.match(plain({ ...report, exemption: { kind: "hotfix", reason: "no time" } }), /Hotfix: no time/);
    });

    it("fits into a pull request if the diff is very long or contains code fences", () => {
        const line = "+ticks: ````\n";
        const body = forPullRequest(withApps({ diff: { diff: line.repeat(10_000) } }));
        assert.ok(body.length < 65_536);
        assert.match(body, /\n`````diff\n\+ticks: ````\n/);
        assert.match(body, /more characters\n`````\n\n<\/details>$/);
    });

    it("has the same content as JSON, with null for absent values", () => {
        const json = asJson(report, {
            made: ["apps"],
            edited: undefined,
            pullRequest: undefined,
            next: "pulumi up",
            then: undefined,
        });
        const { sources, version, edited } = json as { sources: { apps: object }; version: string; edited: null };
        assert.equal(version, "1.2.0");
        assert.equal(edited, null);
        assert.deepEqual(sources.apps, {
            repository: "misua/fluxcd-apps",
            from: apps.from,
            to: apps.to,
            changes: true,
            created: true,
            status: "ahead",
            commits,
            totalCommits: 23,
            compare: link,
            diff: "--- before\n+++ after\n-a: 1\n+a: 2\n",
        });
    });

    it("has no status and no link in JSON if GitHub did not compare the releases", () => {
        const outcome = { made: [], edited: undefined, pullRequest: undefined, next: undefined, then: undefined };
        const { sources } = asJson(withApps({ between: { unanswered: "502" } }), outcome) as {
            sources: { apps: Record<string, unknown> };
        };
        const { status, commits: none, totalCommits, compare } = sources.apps;
        assert.deepEqual([status, none, totalCommits, compare], [null, [], null, null]);
    });
});
