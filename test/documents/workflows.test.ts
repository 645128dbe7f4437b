import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import { parse } from "yaml";

import { stackFiles } from "../../cli/tools/stackFiles";
import { type Job, type Step, workflow } from "../support/workflow";

const files = globSync(".github/workflows/*.yaml").sort();
const folder = ".github/workflows";
const stepsOf = (jobs: Readonly<Record<string, Job>>) => Object.values(jobs).flatMap(({ steps }) => steps);
const setUp = parse(readFileSync(".github/actions/set-up/action.yaml", "utf8")) as { runs: { steps: Step[] } };

describe("The workflows", () => {
    it("are exactly those that docs/ci.md lists", () => {
        const told = readFileSync("docs/ci.md", "utf8").match(/(?<=^\| `)\w+\.yaml/gm) ?? [];
        assert.deepEqual(told.map((name) => `${folder}/${name}`).sort(), files);
    });

    for (const file of [...files, ".github/actions/set-up/action.yaml"]) {
        it(`pin each action to a commit, with its version in a comment: ${file}`, () => {
            const uses = readFileSync(file, "utf8").match(/uses: .*/g) ?? [];
            assert.ok(uses.length > 0);
            for (const line of uses.filter((it) => !it.startsWith("uses: ./"))) {
                assert.match(line, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
            }
        });
    }

    for (const file of files) {
        it(`have minimal permissions, no values inside scripts and no stored token: ${file}`, () => {
            const { permissions, jobs } = workflow(file);
            assert.ok(Object.values(permissions).every((access) => access === "read"));
            for (const job of Object.values(jobs)) {
                assert.ok((job["timeout-minutes"] ?? 0) > 0);
                const writes = Object.entries(job.permissions ?? {}).filter(([, access]) => access === "write");
                const allowed = ["id-token", "pull-requests", "issues"];
                assert.deepEqual(
                    writes.filter(([name]) => !allowed.includes(name)),
                    [],
                );
            }
            for (const { uses = "", run = "", with: inputs } of stepsOf(jobs)) {
                assert.ok(!run.includes("${{"), run);
                assert.ok(!uses.startsWith("actions/checkout@") || inputs?.["persist-credentials"] === false);
            }
        });
    }

    it("use a set-up action without values inside scripts", () => {
        for (const { run = "", shell, uses } of setUp.runs.steps) {
            assert.ok(!run.includes("${{"), run);
            assert.ok(uses !== undefined || shell === "bash");
        }
    });

    it("apply stacks in promotion order, one run at a time for each stack, each in its GitHub environment", () => {
        const { jobs } = workflow(`${folder}/up.yaml`);
        const stacks = stackFiles();
        assert.deepEqual(Object.keys(jobs), stacks);
        for (const [index, stack] of stacks.entries()) {
            const job = jobs[stack];
            assert.equal(job?.needs, stacks[index - 1]);
            assert.equal(job?.environment, stack);
            assert.deepEqual(job.concurrency, { group: `up-${stack}` });
            assert.equal(job.steps.at(-1)?.run, `pulumi up --yes --non-interactive --stack ${stack}`);
        }
    });

    it("give no credentials to pull requests from forks", () => {
        const { preview } = workflow(`${folder}/preview.yaml`).jobs;
        assert.equal(preview?.if, "github.event.pull_request.head.repo.full_name == github.repository");
        assert.equal(preview.steps.find(({ id }) => id === "set-up")?.with?.["app-access"], undefined);
    });
});
