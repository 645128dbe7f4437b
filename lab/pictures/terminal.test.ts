import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, runsOf, terminalPicture } from "./terminal.ts";

void test("the colors of a terminal become the colors of a picture, and other sequences are left out", () => {
    assert.deepEqual(runsOf("a\u001b[1;31mred\u001b[0m \u001b[2Kb"), [
        { text: "a", color: undefined, bold: false },
        { text: "red", color: "#ff7b72", bold: true },
        { text: " ", color: undefined, bold: false },
        { text: "b", color: undefined, bold: false },
    ]);
    assert.deepEqual(runsOf("\u001b[38;5;9mred\u001b[0m\u001b[38;5;1mdark"), [
        { text: "red", color: "#ffa198", bold: false },
        { text: "dark", color: "#ff7b72", bold: false },
    ]);
});

void test("a picture has what XML must not have as text, and is wrapped at its columns", () => {
    const picture = terminalPicture("a <b>", "1 < 2 & 3 > 2\n0123456789abcdef", 13);
    assert.ok(picture.includes("<title>a &lt;b&gt;</title>"), picture);
    assert.ok(picture.includes("1 &lt; 2 &amp; 3 &gt; 2"), picture);
    assert.ok(picture.includes(">0123456789abc<"), picture);
    assert.ok(picture.includes(">def<"), picture);
    assert.equal(picture.match(/<text /g)?.length, 3);
});

void test("a line can be read without its escape sequences", () => {
    assert.equal(plain("\u001b[33mwarning: \u001b[0musing"), "warning: using");
});
