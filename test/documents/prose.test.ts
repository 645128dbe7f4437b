import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import { complaints, sentencesOf } from "./prose";

/** Written by a program: docs/benchmarks/ and docs/reliability.md. */
const documents = globSync(["*.md", "docs/*.md", "scaffold/*/*.md"])
    .sort()
    .filter((file) => file !== "docs/reliability.md");
const longest = Array.from({ length: 35 }, () => "word").join(" ");

describe("The prose of the documents", () => {
    for (const file of documents) {
        it(`contains no word to avoid and no sentence of more than 35 words: ${file}`, () => {
            assert.deepEqual(complaints(readFileSync(file, "utf8")), []);
        });
    }
});

describe("The prose check", () => {
    it("finds a word to avoid in a paragraph, heading, list item, table cell and callout, in any case", () => {
        for (const text of [
            "Mend it.",
            "# Mend it",
            "- a\n- mend it",
            "| A |\n| - |\n| mend it |",
            "> [!NOTE]\n> mend it",
        ]) {
            assert.equal(complaints(text).length, 1, text);
            assert.match(complaints(text)[0] ?? "", /^"mend" \(write: fix\): mend it/i, text);
        }
    });

    it("ignores a word to avoid in code, in the address of a link, and inside another word", () => {
        for (const text of ["`mend`", "```sh\nmend\n```", "[a link](https://mend.example.com)", "Recommended."]) {
            assert.deepEqual(complaints(text), [], text);
        }
    });

    it("finds a number without a noun, and accepts a number with a noun", () => {
        assert.equal(complaints("It reads the two.").length, 1);
        assert.deepEqual(complaints("It reads the two repositories."), []);
    });

    it("finds a sentence of 36 words, accepts one of 35, and counts inline code as one word", () => {
        assert.deepEqual(complaints(`${longest}.`), []);
        assert.deepEqual(complaints(`One ${longest}.`), [`36 words: One ${longest}.`]);
        assert.deepEqual(complaints(`${longest.replace("word", "`many words of code`")}.`), []);
        assert.deepEqual(complaints(`${longest}. ${longest}.`), []);
    });

    it("treats each table cell and each list item as its own sentence", () => {
        assert.deepEqual(sentencesOf("| A | B |\n| - | - |\n| c | d. e |\n\n- f\n- g"), [
            "A",
            "B",
            "c",
            "d.",
            "e",
            "f",
            "g",
        ]);
    });
});
