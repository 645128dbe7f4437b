import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hostKey } from "./ssh.ts";

void test("every host key that is made can be read, also one that begins with a zero byte", (context) => {
    const directory = mkdtempSync(join(tmpdir(), "host-key-"));
    context.after(() => {
        rmSync(directory, { recursive: true });
    });
    // One key in 256 begins with a zero byte: of as many as this, all but surely several do.
    for (let made = 0; made < 2000; made++) {
        const file = join(directory, String(made));
        const key = hostKey(file);
        assert.match(key.public, /^ssh-ed25519 [A-Za-z0-9+/]{68}$/);
        assert.equal(hostKey(file).private, key.private);
    }
});
