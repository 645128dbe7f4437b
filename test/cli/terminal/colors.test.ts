import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

describe("Colors", () => {
    it("are used for a terminal, and not for a pipe, if CI is set", () => {
        const script = `import { colorsFor } from "./cli/terminal/colors";
            process.stdout.write(colorsFor(process.stdout).red("a pipe, ") + colorsFor({ isTTY: true }).red("a terminal"));`;
        const args = ["--import=tsx", "--input-type=module", "--eval", script];
        const env = { PATH: process.env.PATH, CI: "true" };
        const { stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
        assert.equal(stdout, "a pipe, \u001b[31ma terminal\u001b[39m", stderr);
    });
});
