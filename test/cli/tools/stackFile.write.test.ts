import assert from "node:assert/strict";
import {
    chmodSync,
    closeSync,
    lstatSync,
    openSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { writeStackFile } from "../../../cli/tools/stackFile";
import { scratchFolder } from "../../support/scratch";

describe("Writing a stack file", () => {
    let folder = "";
    let path = "";

    beforeEach(() => {
        folder = scratchFolder();
        path = join(folder, "Pulumi.production.yaml");
        writeFileSync(path, "before ü\r\n");
    });

    it("replaces the text, keeps the file mode and leaves no temporary file", () => {
        chmodSync(path, 0o664);
        writeStackFile(path, "before ü\r\n", "after ü\r\n");
        assert.equal(readFileSync(path, "utf8"), "after ü\r\n");
        assert.equal(statSync(path).mode & 0o777, 0o664);
        assert.deepEqual(readdirSync(folder), ["Pulumi.production.yaml"]);
    });

    it("replaces the file in one step, so that an open reader keeps the old text", () => {
        const open = openSync(path, "r");
        writeStackFile(path, "before ü\r\n", "after");
        assert.equal(readFileSync(open, "utf8"), "before ü\r\n");
        closeSync(open);
    });

    it("writes to the target of a symbolic link", () => {
        const link = join(folder, "link.yaml");
        symlinkSync(path, link);
        writeStackFile(link, "before ü\r\n", "after");
        assert.ok(lstatSync(link).isSymbolicLink());
        assert.equal(readFileSync(path, "utf8"), "after");
    });

    it("refuses a file that somebody else has changed, and keeps that change", () => {
        writeFileSync(path, "theirs\n");
        assert.throws(() => {
            writeStackFile(path, "before ü\r\n", "after");
        }, /Pulumi\.production\.yaml changed in the meantime/);
        assert.equal(readFileSync(path, "utf8"), "theirs\n");
        assert.deepEqual(readdirSync(folder), ["Pulumi.production.yaml"]);
    });

    it("refuses a file that no longer exists", () => {
        rmSync(path);
        assert.throws(() => {
            writeStackFile(path, "before ü\r\n", "after");
        }, /ENOENT/);
        assert.deepEqual(readdirSync(folder), []);
    });
});
