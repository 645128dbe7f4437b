import assert from "node:assert/strict";

import { rows } from "../support/documents";

interface Rules {
    readonly files?: readonly string[];
    readonly rules?: {
        readonly "no-restricted-imports"?: readonly [string, { patterns: readonly [{ regex: string }] }];
    };
}

const file = "docs/style.md";
const configuration = "../../eslint.config.mjs";
const foldersIn = (text = "") => [...text.matchAll(/`(\w+)\/`/g)].map(([, name = ""]) => name);

describe(file, () => {
    let rooms: readonly (readonly [name: string, closed: readonly string[]])[];

    before(async () => {
        const { default: config } = (await import(configuration)) as { default: readonly Rules[] };
        rooms = config.flatMap(({ files = [], rules }) => {
            const [, { patterns: [{ regex = "" } = {}] = [] } = {}] = rules?.["no-restricted-imports"] ?? [];
            const [, closed = ""] = /\(([a-z|]+)\)\(\//.exec(regex) ?? [];
            return regex === "" ? [] : [[(files[0] ?? "").replace("/**/*.ts", ""), closed.split("|")] as const];
        });
    });

    it("lists every folder in the order of eslint.config.mjs, and no other folder", () => {
        assert.ok(rooms.length > 5);
        const told = rows(file, "Room").map(({ Room }) => foldersIn(Room)[0]);
        assert.deepEqual(
            told,
            rooms.map(([name]) => name),
        );
    });

    it("states the forbidden imports of each folder as in eslint.config.mjs", () => {
        const all = rooms.map(([name]) => name);
        for (const [at, row] of rows(file, "Room").entries()) {
            const cell = row["Must not import from"] ?? "";
            const [first = ""] = foldersIn(cell);
            const told = cell.includes("all others")
                ? [...all.filter((name) => name !== all[at]), "index"]
                : cell.includes("and all below")
                  ? [...all.slice(all.indexOf(first)), "index"]
                  : [...foldersIn(cell), "index"];
            assert.deepEqual(told.sort(), [...(rooms[at]?.[1] ?? [])].sort(), all[at]);
        }
    });
});
