import assert from "node:assert/strict";
import { resolve } from "node:path";

import ts from "typescript";

describe("The compiler's options", () => {
    // Pulumi compiles what has changed since the last run alone, into a folder of its own. Where that is files of one folder,
    // TypeScript 6 asks for a rootDir: https://aka.ms/ts6
    it("let files of one folder be compiled without the others", () => {
        const { config } = ts.readConfigFile("tsconfig.json", (file) => ts.sys.readFile(file)) as { config: object };
        const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ".", { noEmit: false, outDir: "elsewhere" });
        const program = ts.createProgram([resolve("config/duration.ts")], {
            ...options,
            configFilePath: resolve("tsconfig.json"),
        });
        assert.deepEqual(
            program.getOptionsDiagnostics().map(({ messageText }) => messageText),
            [],
        );
    });
});
