import assert from "node:assert/strict";

import { reports } from "../../checks/requiredCheck";

/** A workflow for some events, with one job. */
const workflow = (on: string, job = "validate: {}") => `on: ${on}\njobs:\n  ${job}\n`;

describe("A workflow", () => {
    for (const [does, text, expected] of [
        ["reports its job for pull requests", workflow("pull_request"), true],
        ["reports it with other events", workflow("[push, pull_request]"), true],
        ["reports it with settings of the event", workflow("{ pull_request: { branches: [main] } }"), true],
        ["reports it for pull requests from forks", workflow("pull_request_target"), true],
        ["reports it under its name", workflow("pull_request", "check: { name: validate }"), true],
        ["does not report a job that has another name", workflow("pull_request", "validate: { name: Check }"), false],
        ["does not report another job", workflow("pull_request", "build: {}"), false],
        [
            "does not report a job that calls a workflow",
            workflow("pull_request", "validate: { uses: ./x.yaml }"),
            false,
        ],
        ["does not report if it runs for pushes only", workflow("push"), false],
        ["does not report if it has no jobs", "on: pull_request\n", false],
        ["does not report if it is no YAML", "on: [\n", false],
        ["does not report if it is empty", "", false],
    ] as const) {
        it(does, () => {
            assert.equal(reports(text, "validate"), expected);
        });
    }
});
