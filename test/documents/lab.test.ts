import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

import { documents, inlineCode, rows } from "../support/documents";

const file = "docs/lab.md";
const textOf = (path: string) => readFileSync(path, "utf8");
const codeIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name = ""]) => name);

/** The lab is not part of the program's own TypeScript project: what it does is read from its source. */
describe("docs/lab.md", () => {
    it("documents every command of the lab, and no other command", () => {
        const known = found(textOf("lab/main.ts"), /\.command\("(\w+)/g);
        assert.deepEqual(
            rows(file, "Command").map(({ Command }) => codeIn(Command)[0]),
            known,
        );
        for (const document of documents) {
            for (const command of found(textOf(document), /npm run lab -- (\w+)/g)) {
                assert.ok(known.includes(command), `${document}: npm run lab -- ${command}`);
            }
        }
    });

    it("documents every variable that the lab sets, and no other variable", () => {
        const set = [
            /function environmentOf[^]*?return \{([^]*?)\n {4}\};/.exec(textOf("lab/up.ts"))?.[1] ?? "",
            /function throughLab[^]*?return \{([^]*?)\n {4}\};/.exec(textOf("lab/outside.ts"))?.[1] ?? "",
        ].flatMap((body) => found(body, /^ {8}([A-Za-z_0-9]+):/gm));
        assert.ok(set.length > 15, set.join(" "));
        const documented = rows(file, "Variable").flatMap(({ Variable }) => codeIn(Variable));
        assert.deepEqual(documented.sort(), ["PATH", ...set].sort());
    });

    it("states which parts of Pulumi the lab replaces, and the lab replaces no other part", () => {
        const [, host = ""] = /const languageHost = \["([^"]+)"/.exec(textOf("lab/up.ts")) ?? [];
        assert.equal(host, "pulumi-language-nodejs");
        const folders = readdirSync("lab/pulumi", { withFileTypes: true }).filter((entry) => entry.isDirectory());
        assert.deepEqual(folders.map(({ name }) => name).sort(), ["language-nodejs", "resource-pulumi-nodejs"]);
        const standsIn = rows(file, "Part").filter((row) => row["In the lab"]?.includes("../lab/pulumi"));
        assert.deepEqual(
            standsIn.map(({ Part }) => Part),
            ["Node.js language host"],
        );
    });

    it("documents every address of the stand-in, and no other address", () => {
        const documented = rows(file, "Address").flatMap(({ Address, Methods = "" }) =>
            Methods.split(", ").map((method) => `${method} ${codeIn(Address)[0] ?? ""}`),
        );
        assert.deepEqual(
            documented.sort(),
            found(textOf("lab/github/control.ts"), /case "([A-Z]+ \/_lab\/\w+)"/g).sort(),
        );
    });

    it("documents every field of a fault, and no other field", () => {
        const [, body = ""] = /const kinds[^{]*\{([^}]*)\}/.exec(textOf("lab/github/control.ts")) ?? [];
        const documented = rows(file, "Field").flatMap(({ Field }) => codeIn(Field));
        assert.deepEqual(["match", ...documented].sort(), found(body, /(\w+):/g).sort());
    });

    it("names every way in which the stand-in receives requests", () => {
        const [, body = ""] = /const vias[^=]*= \[([^\]]*)\]/.exec(textOf("lab/github/control.ts")) ?? [];
        for (const way of found(body, /"([\w-]+)"/g)) {
            assert.ok(inlineCode(file).includes(way), way);
        }
    });
});
