import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import ts from "typescript";
import { parse } from "yaml";

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

describe("What Node compiles", () => {
    it("is kept for the next run, beside the packages", () => {
        const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
            runtime: { options: { nodeargs: string } };
        };
        const asked = 'process.stdout.write(require("node:module").getCompileCacheDir() ?? "nowhere")';
        const directory = execFileSync(process.execPath, [runtime.options.nodeargs, "-e", asked], {
            encoding: "utf8",
            env: {},
        });
        assert.ok(directory.startsWith(resolve("node_modules/.cache/node")), directory);
    });
});
