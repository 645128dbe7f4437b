import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";

import { all, always, chosen, labs } from "../e2e/choice";

const ending = ".test.ts";
const specs = readdirSync("test/e2e")
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length));
const commits = Array.from({ length: 30 }, (_, index) => createHash("sha1").update(String(index)).digest("hex"));
const everywhere = ({ run }: { run: Readonly<Record<"releases" | "flux", readonly string[]>> }) =>
    labs.flatMap((lab) => run[lab]);

describe("The choice of e2e specs in CI", () => {
    it("has only existing specs in the list of those that always run", () => {
        assert.deepEqual(
            always.filter((spec) => !specs.includes(spec)),
            [],
        );
    });

    it("includes, for every commit, all specs that always run", () => {
        for (const commit of commits) {
            const run = everywhere(chosen(specs, commit));
            assert.deepEqual(
                always.filter((spec) => !run.includes(spec)),
                [],
                commit,
            );
        }
    });

    it("includes every spec at least once in thirty commits", () => {
        const run = new Set(commits.flatMap((commit) => everywhere(chosen(specs, commit))));
        assert.deepEqual([...run].sort(), specs.toSorted());
    });

    it("includes a third of the other specs in each run", () => {
        const lists = commits.map((commit) => chosen(specs, commit));
        for (const { inTurn, left } of lists) {
            assert.ok(inTurn.length >= Math.floor((inTurn.length + left.length) / 3) - 1, inTurn.join(" "));
            assert.ok(inTurn.length <= Math.ceil((inTurn.length + left.length) / 3) + 1, inTurn.join(" "));
        }
    });

    it("is the same for the same commit, and either runs or skips each spec", () => {
        for (const commit of commits) {
            const { run, inTurn, left } = chosen(specs, commit);
            assert.deepEqual(chosen(specs, commit), { run, inTurn, left });
            const names = new Set([...everywhere({ run }), ...left]);
            assert.deepEqual([...names].sort(), specs.toSorted());
            assert.deepEqual(
                left.filter((spec) => everywhere({ run }).includes(spec)),
                [],
            );
        }
    });

    it("rotates a new spec that no list names", () => {
        const withNew = [...specs, "36-new", "72-newer"];
        const lists = commits.map((commit) => chosen(withNew, commit));
        for (const spec of ["36-new", "72-newer"]) {
            assert.ok(lists.some(({ inTurn }) => inTurn.includes(spec)));
            assert.ok(lists.some(({ left }) => left.includes(spec)));
        }
    });

    it("always includes a new spec about the gate", () => {
        const { run } = chosen([...specs, "50-targets"], commits[0] ?? "");
        assert.ok(run.flux.includes("50-targets"));
    });

    it("ends in each lab with 90-secrets, which checks the whole run", () => {
        for (const commit of commits) {
            const { run } = chosen(specs, commit);
            assert.deepEqual(
                labs.map((lab) => run[lab].at(-1)),
                ["90-secrets", "90-secrets"],
            );
        }
    });

    it("rejects a commit that is not a hash", () => {
        assert.throws(() => chosen(specs, "main"), /main is no commit's hash/);
    });
});

describe("The complete run of e2e specs", () => {
    it("contains each spec in one lab, in order, and 90-secrets in each lab", () => {
        const { run } = all(specs);
        assert.deepEqual([...run.releases, ...run.flux].toSorted(), [...specs, "90-secrets"].toSorted());
        for (const lab of labs) {
            assert.deepEqual(run[lab], run[lab].toSorted());
        }
    });
});
