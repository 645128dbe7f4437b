import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { projectWith } from "../project";

/** A pulumi whose previews wait for each other: each ends once `together` of them run, so more at a time would be seen. */
const previews = (folder: string, together: number) => `#!/bin/sh
if [ "$1" != preview ]; then
    exec "$(dirname "$0")/others" "$@"
fi
shift 3
mkdir -p ${folder}/running
touch ${folder}/running/$1
until [ "$(ls ${folder}/started | wc -l)" -ge ${together} ]; do
    touch ${folder}/started/$1
done
ls ${folder}/running | wc -l >> ${folder}/counts
rm ${folder}/running/$1
[ "$1" = stack-02 ] && echo "error: $1 fails" && exit 255
echo "of $1"
[ "$1" = stack-03 ] && printf 'Resources:\\n    + 1 to create\\n    3 unchanged\\n' && exit
printf 'Resources:\\n    4 unchanged\\n'
`;

describe("fluxcd ci preview of many stacks", function () {
    this.timeout(120_000);

    const names = Array.from({ length: 100 }, (_, index) => `stack-${String(index).padStart(2, "0")}`);
    const config = (name: string) => ({ "fluxcd:context": name, "github:owner": "misua" });
    const project = () => projectWith(Object.fromEntries(names.map((name) => [name, { config: config(name) }])));

    it("previews as many at a time as --parallel says, and reports all in one table that GitHub accepts", async () => {
        const { folder, bin, run } = project();
        cpSync(join(bin, "pulumi"), join(bin, "others"));
        mkdirSync(join(folder, "started"));
        writeFileSync(join(bin, "pulumi"), previews(folder, 3));
        chmodSync(join(bin, "pulumi"), 0o755);
        const { code, stdout, stderr } = await run(["ci", "preview", "--parallel", "3"]);
        assert.equal(code, 1, stderr);
        const counts = readFileSync(join(folder, "counts"), "utf8").trim().split(/\s+/).map(Number);
        assert.equal(counts.length, 100);
        assert.equal(Math.max(...counts), 3);
        const rows = stdout.split("\n").filter((line) => line.startsWith("| stack-"));
        assert.deepEqual(
            rows.map((row) => row.split(" ")[1]),
            names,
        );
        assert.equal(rows[2], "| stack-02 | **failed** |");
        assert.equal(rows[3], "| stack-03 | + 1 to create |");
        assert.equal(rows[4], "| stack-04 | no changes |");
        assert.ok(stdout.length < 65_536);
        // The output of those that change nothing would leave no room for the others.
        assert.deepEqual(stdout.match(/(?<=<summary>).*(?=<\/summary>)/g), ["stack-02", "stack-03"]);
        assert.match(stdout, /error: stack-02 fails/);
        assert.match(stderr, /^stack-02 \| error: stack-02 fails$/m);
        assert.match(stderr, /^stack-04 \| of stack-04$/m);
    });

    it("is refused with a number of previews that is none", async () => {
        const { code, stderr } = await project().run(["ci", "preview", "--parallel", "0"]);
        assert.equal(code, 2);
        assert.match(stderr, /expected a whole number from 1/);
    });
});
