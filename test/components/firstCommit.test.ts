import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { firstCommit } from "../../components/firstContent/commit";
import { scratchFolder } from "../support/scratch";

const binary = Buffer.from([0x89, 0x50, 0x0d, 0x0a, 0x00, 0x0d, 0x0a]);

/** The mode and the content of each file in the first commit of a folder. */
async function committed(directory: string): Promise<Record<string, readonly [mode: string, content: Buffer]>> {
    const dir = scratchFolder();
    const commit = await firstCommit({ directory, dir, branch: "main" });
    const git = (...args: string[]) => execFileSync("git", ["-C", dir, ...args], { maxBuffer: 1 << 26 });
    assert.equal(git("rev-parse", "main").toString().trim(), commit);
    const lines = git("ls-tree", "-r", commit).toString().trim().split("\n");
    return Object.fromEntries(
        lines.map((line) => {
            const [, mode = "", oid = "", path = ""] = /^(\d+) blob (\w+)\t(.+)$/.exec(line) ?? [];
            return [path, [mode, git("cat-file", "blob", oid)]];
        }),
    );
}

function folderWith(files: Readonly<Record<string, string | Buffer>>, mode = 0o644): string {
    const directory = scratchFolder();
    for (const [path, content] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), content, { mode });
    }
    return directory;
}

describe("The first commit of a repository", () => {
    for (const [title, content, expected] of [
        ["text with LF", "a: 1\nb: 2\n", "a: 1\nb: 2\n"],
        ["text with CRLF", "a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n"],
        ["text with both", "a: 1\r\nb: 2\n", "a: 1\nb: 2\n"],
        ["text with a lone CR", "a\rb\r\n", "a\rb\n"],
        ["text that is not UTF-8", Buffer.from([0xe9, 0x0d, 0x0a]), Buffer.from([0xe9, 0x0a])],
        ["text with other letters", "größe: 東京\r\n", "größe: 東京\n"],
        ["no text", "", ""],
        ["a picture", binary, binary],
    ] as const) {
        it(`has LF and keeps all other bytes of ${title}`, async () => {
            const { file } = await committed(folderWith({ file: content }));
            assert.deepEqual(file, ["100644", Buffer.from(expected)]);
        });
    }

    it("has executable scripts, even if the checkout has no file modes", async () => {
        const files = {
            "scripts/a.sh": "#!/usr/bin/env bash\r\nexit 0\r\n",
            "scripts/b": "#!/bin/sh\n",
            "c.yaml": "# !\n",
        };
        const found = await committed(folderWith(files));
        assert.deepEqual(found["scripts/a.sh"], ["100755", Buffer.from("#!/usr/bin/env bash\nexit 0\n")]);
        assert.deepEqual([found["scripts/b"]?.[0], found["c.yaml"]?.[0]], ["100755", "100644"]);
    });

    it("leaves out what the folder's own .gitignore names", async () => {
        const found = await committed(
            folderWith({ ".gitignore": ".DS_Store\r\n", ".DS_Store": "x", "a.yaml": "a: 1\n" }),
        );
        assert.deepEqual(Object.keys(found), [".gitignore", "a.yaml"]);
    });

    for (const name of readdirSync("scaffold")) {
        it(`is the same from a checkout with CRLF and without modes: ${name}`, async () => {
            const copy = scratchFolder();
            cpSync(join("scaffold", name), copy, { recursive: true });
            for (const path of readdirSync(copy, { recursive: true, encoding: "utf8" })) {
                const file = join(copy, path);
                if (statSync(file).isFile()) {
                    writeFileSync(file, readFileSync(file, "utf8").replaceAll("\n", "\r\n"));
                    chmodSync(file, 0o644);
                }
            }
            assert.deepEqual(await committed(copy), await committed(join("scaffold", name)));
        });
    }
});
