import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { reportOf, unexplained, unmeasured, writeReport } from "./report.ts";
import { benchmarks, readResult, resultOf, writeResult } from "./results.ts";
import { Bench, type Figure, type Goal, judge, median, type Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

const work = await mkdtemp(join(tmpdir(), "bench-"));
after(() => rm(work, { recursive: true }));

void test(
    "what is committed is the report of the results that are committed",
    { skip: !existsSync(benchmarks) },
    async () => {
        const files = await reportOf(scenarios, benchmarks);
        const made = readdirSync(benchmarks).filter((name) => !name.endsWith(".json"));
        assert.deepEqual(made.sort(), Object.keys(files).sort());
        for (const [name, text] of Object.entries(files))
            assert.equal(readFileSync(join(benchmarks, name), "utf8"), text, `${name}: run npm run bench -- --report`);
    },
);

void test("every result that is committed is of a scenario that there is", { skip: !existsSync(benchmarks) }, () => {
    const results = readdirSync(benchmarks).filter((name) => name.endsWith(".json"));
    const known = scenarios.map(({ name }) => `${name}.json`);
    assert.deepEqual(
        results.filter((name) => !known.includes(name)),
        [],
    );
});

void test("every missed goal has its reason", () => {
    assert.deepEqual(unexplained(scenarios, benchmarks), []);
});

for (const scenario of scenarios) {
    const result = readResult(scenario.name);
    void test(`the result of ${scenario.name} has what its goals and charts name`, { skip: !result }, () => {
        assert.deepEqual(unmeasured(scenario, result?.figures ?? []), []);
    });
}

void test("what goals and charts name and a run did not give is found", () => {
    const chart = { name: "bars", title: "It", of: { bars: ["ours", "theirs"] } };
    const lines = { name: "lines", title: "It", of: { lines: "Time", x: "sources" } };
    const goals = [goal({ over: "floor", less: "start" })];
    assert.deepEqual(unmeasured(scenario({ goals, charts: [chart, lines] }), [ours, floor]), [
        "start",
        "theirs",
        "Time",
    ]);
});

void test("a median is the middle run, or between the two", () => {
    assert.equal(median([9, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 9]), 3);
});

const ours: Figure = { id: "ours", what: "ours", unit: "s", values: [7, 6, 8], beside: ["floor"] };
const floor: Figure = { id: "floor", what: "the floor", unit: "s", values: [4, 4, 5] };
const start: Figure = { id: "start", what: "the start", unit: "s", values: [1] };
const goal = (of: Partial<Goal>): Goal => ({ text: "fast", of: "ours", atMost: 1.5, ...of });

void test("a goal is judged by medians, less the start, over the floor", () => {
    const judged = (of: Partial<Goal>) => judge([goal(of)], [ours, floor, start])[0];
    assert.deepEqual([judged({})?.measured, judged({})?.met], [7, false]);
    assert.deepEqual([judged({ over: "floor" })?.measured, judged({ over: "floor" })?.met], [1.75, false]);
    const less = judged({ over: "floor", less: "start" });
    assert.deepEqual([less?.measured, less?.met], [1.5, true]);
});

void test("a reason is told with the figures of the run", () => {
    const reason = (of: (id: string) => number) => `${of("ours") - of("floor")} s more`;
    assert.equal(judge([goal({ reason })], [ours, floor])[0]?.reason, "3 s more");
});

void test("a goal of what was not measured is not judged", () => {
    assert.deepEqual(judge([goal({ of: "theirs" })], [ours]), []);
});

function scenario(of: Partial<Scenario>): Scenario {
    const nothing = { about: "About it.", minutes: { full: 1 }, goals: [], charts: [] };
    return { name: "it", title: "It", ...nothing, run: () => Promise.resolve([]), ...of };
}

void test("a report has the median, every run, the ratio, the goal and the chart", async () => {
    writeResult(await resultOf("it", 1, [ours, floor]), work);
    const chart = { name: "bars", title: "It", of: { bars: ["ours", "floor"] } };
    const goals = [goal({ over: "floor", reason: "It waits." })];
    const files = await reportOf([scenario({ goals, charts: [chart] })], work);
    const text = files["README.md"] ?? "";
    assert.match(text, /\| ours +\| 7\.00 s \| 7\.00, 6\.00, 8\.00 \| 1\.75 × the floor \|/);
    assert.match(text, /\| \[It\]\(#it\) \| fast \| +1\.75 × \| \*\*missed\*\* \|/);
    assert.match(text, /\*\*Missed: fast\.\*\* It waits\./);
    assert.match(text, /!\[It\]\(it-bars\.svg\)/);
    assert.match(files["it-bars.svg"] ?? "", /^<svg [^]*>7\.00 s<\/text>/);
});

void test("results of several machines are told apart, and those of one are not", async () => {
    const directory = await mkdtemp(join(work, "machines-"));
    const report = async () =>
        (await reportOf([scenario({}), scenario({ name: "other", title: "Other" })], directory))["README.md"] ?? "";
    const result = await resultOf("it", 1, [floor]);
    writeResult(result, directory);
    writeResult({ ...result, scenario: "other" }, directory);
    assert.doesNotMatch(await report(), /## Machines/);
    writeResult({ ...result, scenario: "other", machine: { ...result.machine, cpu: "Abacus" } }, directory);
    assert.match(await report(), /## Machines[^]*\[It\]\(#it\)\n- \*\*Abacus, [^]+\*\*:\s\[Other\]\(#other\)\n/);
});

void test("points are a table with a column and a line for each series", async () => {
    const point = (series: string, at: number, value: number): Figure => ({
        id: `${series}-${at}`,
        what: "",
        unit: "s",
        values: [value],
        group: "Time",
        point: { series, at },
    });
    writeResult(await resultOf("it", 1, [point("up", 20, 4), point("up", 2, 1), point("preview", 2, 1)]), work);
    const charts = [{ name: "lines", title: "Time", of: { lines: "Time", x: "sources" } }];
    const files = await reportOf([scenario({ charts })], work);
    assert.match(files["README.md"] ?? "", /\| +2 \| 1\.00 s \| +1\.00 s \|\n\| +20 \| 4\.00 s \| +\|/);
    assert.match(files["it-lines.svg"] ?? "", />sources<\/text>/);
});

void test("what begins anew with each run has the values of all of them", async () => {
    const of = (value: number) => [{ ...floor, values: [value] }];
    let run = 0;
    const figures = await new Bench({ runs: 3, short: false }).repeated(() => Promise.resolve(of(++run)));
    assert.deepEqual(figures, [{ ...floor, values: [1, 2, 3] }]);
    writeResult(await resultOf("it", 6, figures), work);
    const files = await reportOf([scenario({})], work);
    assert.match(files["README.md"] ?? "", /3 runs in 6 minutes/);
});

void test("a missed goal without a reason keeps a report from being right", async () => {
    writeResult(await resultOf("it", 1, [ours, floor]), work);
    assert.deepEqual(unexplained([scenario({ goals: [goal({})] })], work), ["it: fast"]);
    assert.deepEqual(unexplained([scenario({ goals: [goal({ reason: "It waits." })] })], work), []);
});

void test("a chart that there is no longer is taken away", async () => {
    const chart = { name: "bars", title: "It", of: { bars: ["ours"] } };
    await writeReport([scenario({ charts: [chart] })], work);
    assert.ok(existsSync(join(work, "it-bars.svg")));
    await writeReport([scenario({})], work);
    assert.ok(!existsSync(join(work, "it-bars.svg")));
});

void test("a result that compares with what was not measured is refused", async () => {
    await assert.rejects(resultOf("it", 1, [ours]), /beside one that was not measured/);
});
