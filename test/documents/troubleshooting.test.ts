import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import { rows } from "../support/documents";
import { fits, headlines, type Message, patterns, sentences, warnings } from "../support/messages";

const file = "docs/troubleshooting.md";
const explained = (column: string) => rows(file, column).map((row) => /^`(.+)`$/.exec(row[column] ?? "")?.[1] ?? "");
const told = ({ where, words }: Message) => `${where}: ${words.join("…")}`;

/** A message that is new, or said in other words, fails here until the document has it. */
describe(file, () => {
    for (const [column, messages] of [
        ["Message", headlines()],
        ["Warning", warnings()],
    ] as const) {
        it(`explains each ${column.toLowerCase()} of the program, and no other`, () => {
            const known = explained(column);
            assert.ok(messages.length > 3);
            const missing = messages.filter((message) => !known.some((text) => fits(message, text)));
            assert.deepEqual(missing.map(told), []);
            const stale = known.filter((text) => !messages.some((message) => fits(message, text)));
            assert.deepEqual(stale, []);
        });
    }

    it("explains reasons that the program gives for a cluster, in its words", () => {
        const known = explained("Reason");
        const said = [...sentences("clients/*.ts"), ...sentences("checks/cluster.ts")];
        assert.ok(known.length > 5);
        assert.deepEqual(
            known.filter((text) => !said.some((message) => fits(message, text))),
            [],
        );
    });

    it("quotes each line of a report as the commands print it", () => {
        const source = globSync("cli/**/*.ts").map((path) => readFileSync(path, "utf8"));
        const quoted = explained("Report");
        assert.ok(quoted.length > 5);
        const unsaid = quoted.filter((text) => {
            const words = text.split(/<[^>]+>/).filter((part) => part.trim().length > 4);
            return !words.every((part) => source.some((each) => each.includes(part)));
        });
        assert.deepEqual(unsaid, []);
    });

    for (const [column, source] of [
        ["GitHub says", "explain/githubErrors.ts"],
        ["Flux says", "explain/fetchErrors.ts"],
    ] as const) {
        it(`explains each error in ${source}, and no other error`, () => {
            const known = explained(column);
            const found = patterns(source);
            assert.ok(found.length > 2);
            const missing = found.filter((pattern) => !known.some((text) => pattern.test(text)));
            assert.deepEqual(missing.map(String), []);
            assert.deepEqual(
                known.filter((text) => !found.some((pattern) => pattern.test(text))),
                [],
            );
        });
    }
});
