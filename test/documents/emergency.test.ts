import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { kustomizationsOf } from "../support/kustomizations";

describe("docs/emergency.md", () => {
    const text = readFileSync("docs/emergency.md", "utf8");

    for (const [what, suspend] of [
        ["stops", true],
        ["resumes", false],
    ] as const) {
        it(`${what} every Kustomization that each stack has`, async () => {
            const patches = text.matchAll(
                /patch kustomization (\S+) --type merge -p '{"spec":{"suspend":(true|false)}}'/g,
            );
            const names = [...patches].flatMap(([, name, value]) => (value === String(suspend) ? name : []));
            assert.deepEqual(names.sort(), Object.keys(await kustomizationsOf({})).sort());
        });
    }
});
