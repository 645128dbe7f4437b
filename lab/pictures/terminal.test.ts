import assert from "node:assert/strict";
import { test } from "node:test";
import { runsOf, terminalPicture } from "./terminal.ts";

void test("the colors of a terminal become the colors of a picture, and other sequences are left out", () => {
    assert.deepEqual(runsOf("a\u001b[1;31mred\u001b[0m \u001b[2Kb"), [
        { text: "a", color: undefined, bold: false },
        { text: "red", color: "#ff7b72", bold: true },
        { text: " ", color: undefined, bold: false },
        { text: "b", color: undefined, bold: false },
    ]);
});

void test("a picture has what XML must not have as text, and is cut at its columns", () => {
    const picture = terminalPicture("a <b>", "1 < 2 & 3 > 2\n0123456789abcdef", 13);
    assert.ok(picture.includes("<title>a &lt;b&gt;</title>"), picture);
    assert.ok(picture.includes("1 &lt; 2 &amp; 3 &gt; 2"), picture);
    assert.ok(picture.includes(">0123456789abc<"), picture);
});
