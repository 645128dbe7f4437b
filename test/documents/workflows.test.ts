import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import { parse } from "yaml";

import { stackFiles } from "../../cli/tools/stackFiles";
import { commands } from "../support/documents";
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
        assert.deepEqual(Object.keys(jobs), ["stacks", ...stacks]);
        for (const [index, stack] of stacks.entries()) {
            const job = jobs[stack];
            assert.ok(job);
            assert.deepEqual([job.needs].flat(), ["stacks", ...stacks.slice(0, index).slice(-1)]);
            // A stack before it that is not selected is skipped, which is no failure.
            const goesOn = index === 0 ? "" : " && !cancelled() && !failure()";
            const selected = `contains(needs.stacks.outputs.selected, ' ${stack} ')`;
            assert.equal(job.if, `vars.FLUXCD_WORKFLOWS == 'on'${goesOn} && ${selected}`);
            assert.equal(job.environment, stack);
            assert.deepEqual(job.concurrency, { group: `up-${stack}` });
            assert.equal(job.steps.at(-1)?.run, `pulumi up --yes --non-interactive --stack ${stack}`);
        }
    });

    for (const name of ["preview", "up", "drift"]) {
        it(`run no job until the variable is set that docs/ci.md names: ${name}.yaml`, () => {
            assert.ok(
                commands("docs/ci.md").includes("gh variable set FLUXCD_WORKFLOWS --body on --repo <owner>/fluxcd"),
            );
            for (const { if: condition } of Object.values(workflow(`${folder}/${name}.yaml`).jobs)) {
                assert.equal(condition?.split(" && ")[0], "vars.FLUXCD_WORKFLOWS == 'on'");
                assert.ok(!condition.includes("||"), condition);
            }
        });
    }

    it("give no credential to the job that selects the stacks", () => {
        const { stacks } = workflow(`${folder}/up.yaml`).jobs;
        assert.equal(stacks?.environment, undefined);
        assert.deepEqual(stacks?.permissions, { contents: "read" });
        assert.deepEqual(stacks.outputs, { selected: "${{ steps.select.outputs.selected }}" });
        const { on } = parse(readFileSync(`${folder}/up.yaml`, "utf8")) as {
            on: { workflow_dispatch: { inputs: { stack: { options: string[]; default: string } } } };
        };
        const { options, default: usual } = on.workflow_dispatch.inputs.stack;
        assert.deepEqual([usual, options], ["all", ["all", ...stackFiles()]]);
        assert.equal(stacks.steps.at(-1)?.env?.ALL, stackFiles().join(" "));
    });

    it("run each in a GitHub environment of its own what comes from a pull request, from main, and at night", () => {
        const environment = (name: string) => workflow(`${folder}/${name}.yaml`).jobs[name]?.environment;
        assert.deepEqual([environment("preview"), environment("drift")], ["preview", "drift"]);
        const own = new Set(stackFiles());
        assert.ok(!own.has("preview") && !own.has("drift"));
    });

    it("run the project's own tests without any variable", () => {
        const { jobs } = workflow(`${folder}/check.yaml`);
        assert.deepEqual(Object.keys(jobs), ["check"]);
        assert.equal(jobs.check?.if, undefined);
        assert.ok(!readFileSync(`${folder}/check.yaml`, "utf8").includes("vars."));
    });

    it("filter the required checks by no path, because they would stay pending", () => {
        for (const file of files) {
            const { on } = parse(readFileSync(file, "utf8")) as { on: Record<string, object | null> };
            for (const filters of Object.values(on)) {
                assert.deepEqual(
                    Object.keys(filters ?? {}).filter((key) => key.startsWith("paths")),
                    [],
                );
            }
        }
    });

    it("skip every later step of a pull request that only changes stack files, and nothing else", () => {
        const { steps } = workflow(`${folder}/check.yaml`).jobs.check ?? { steps: [] };
        const changes = steps.findIndex(({ id }) => id === "changes");
        const [entry, ...later] = steps.slice(changes + 1);
        assert.equal(steps[changes]?.if, "github.event_name == 'pull_request'");
        assert.equal(entry?.if, "github.event_name == 'pull_request'");
        assert.ok(later.length > 3);
        for (const step of later) {
            assert.equal(step.if, "steps.changes.outputs.only-stack-files != 'true'");
        }
    });

    it("ask for the reviewers of production before anything logs in, with no more than the right to read", () => {
        const { production } = workflow(`${folder}/up.yaml`).jobs;
        assert.match(production?.steps[0]?.run ?? "", /environments\/production/);
        assert.equal(production?.permissions?.actions, "read");
        assert.equal(production.steps[0]?.if, "vars.FLUXCD_UNREVIEWED_PRODUCTION != 'allowed'");
        const told = "gh variable set FLUXCD_UNREVIEWED_PRODUCTION --body allowed --repo <owner>/fluxcd";
        assert.ok(commands("docs/ci.md").includes(told));
    });

    it("give no credentials to pull requests from forks", () => {
        const { preview } = workflow(`${folder}/preview.yaml`).jobs;
        assert.equal(
            preview?.if?.split(" && ")[1],
            "github.event.pull_request.head.repo.full_name == github.repository",
        );
        assert.equal(preview.steps.find(({ id }) => id === "set-up")?.with?.["app-access"], undefined);
    });
});
