import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import { complaints, sentencesOf } from "./prose";

/** Written by a program: docs/benchmarks/ and docs/reliability.md. */
const documents = ["README.md", ...globSync("docs/*.md").sort()].filter((file) => file !== "docs/reliability.md");
const longest = Array.from({ length: 35 }, () => "word").join(" ");

describe("The prose of the documents", () => {
    for (const file of documents) {
        it(`of ${file} has no word that is to be avoided, and no sentence of more than 35 words`, () => {
            assert.deepEqual(complaints(readFileSync(file, "utf8")), []);
        });
    }
});

describe("The check of the prose", () => {
    it("finds a word that is to be avoided in a paragraph, a heading, an item, a cell and a callout, in any case", () => {
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

    it("does not find it in code, in a link's address or within another word", () => {
        for (const text of ["`mend`", "```sh\nmend\n```", "[a link](https://mend.example.com)", "Recommended."]) {
            assert.deepEqual(complaints(text), [], text);
        }
    });

    it("finds numbers without a noun, and not those with one", () => {
        assert.equal(complaints("It reads the two.").length, 1);
        assert.deepEqual(complaints("It reads the two repositories."), []);
    });

    it("finds a sentence of 36 words, and not one of 35, which a piece of code counts for one of", () => {
        assert.deepEqual(complaints(`${longest}.`), []);
        assert.deepEqual(complaints(`One ${longest}.`), [`36 words: One ${longest}.`]);
        assert.deepEqual(complaints(`${longest.replace("word", "`many words of code`")}.`), []);
        assert.deepEqual(complaints(`${longest}. ${longest}.`), []);
    });

    it("takes each cell and each item for itself", () => {
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
