import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { allCases, choose, short } from "./cases.ts";
import { documentFile, readResults } from "./document.ts";
import { reliability } from "./report.ts";

const results = readResults();

void test("the document that is committed is made of the results that are committed", () => {
    assert.ok(results);
    assert.equal(readFileSync(documentFile, "utf8"), `${reliability(results)}\n`);
});

void test("every result is of a case that there is, and of each there is one", () => {
    const all = allCases().map(({ id }) => id);
    const ids = results?.outcomes.map((outcome) => outcome.case) ?? [];
    assert.deepEqual(
        ids.filter((id) => !all.includes(id)),
        [],
    );
    assert.equal(new Set(ids).size, ids.length);
});

void test("what did not go well stands in the document", () => {
    assert.ok(results);
    const [first, ...rest] = results.outcomes;
    assert.ok(first);
    const bad = { ...first, violations: ["whole: nothing is"] };
    const text = reliability({ ...results, outcomes: [bad, ...rest] });
    assert.match(text, /whole: nothing is/);
    assert.match(text, /\*\*did not go well\*\*/);
    assert.doesNotMatch(text, /None left anything behind/);
});

void test("a seed chooses the same cases again, and another one others", () => {
    const ids = (seed: number) => choose({ seed, count: 30 }).map(({ id }) => id);
    assert.deepEqual(ids(1), ids(1));
    assert.notDeepEqual(ids(1), ids(2));
});

void test("every pair of an operation and a fault comes before any comes twice", () => {
    const pairOf = (id: string) => id.split("/").slice(0, 2).join("/");
    const pairs = new Set(allCases().map(({ id }) => pairOf(id)));
    const first = choose({ seed: 3, count: pairs.size }).map(({ id }) => pairOf(id));
    assert.equal(new Set(first).size, pairs.size);
});

void test("the cases of CI are cases", () => {
    const all = allCases().map(({ id }) => id);
    assert.deepEqual(
        short.filter((id) => !all.includes(id)),
        [],
    );
});
