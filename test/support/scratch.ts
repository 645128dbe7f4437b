import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const scratch = mkdtempSync(join(tmpdir(), "fluxcd-test-"));

process.on("exit", () => {
    rmSync(scratch, { recursive: true, force: true });
});

/** An empty folder, which is gone when the tests are over. */
export function scratchFolder(): string {
    return mkdtempSync(join(scratch, "folder-"));
}
