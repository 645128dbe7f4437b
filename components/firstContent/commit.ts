import fs from "node:fs";
import { join } from "node:path";

import git from "isomorphic-git";

export interface Checkout {
    /** The folder with the content, from a checkout of this project. */
    readonly directory: string;
    /** An empty folder for the new repository. */
    readonly dir: string;
    readonly branch: string;
}

/**
 * The first commit of a repository. It is the same on every system: text has LF, and scripts can be executed, even if
 * the checkout of this project has CRLF or no file modes, as on Windows.
 */
export async function firstCommit({ directory, dir, branch }: Checkout): Promise<string> {
    await fs.promises.cp(directory, dir, { recursive: true });
    await git.init({ fs, dir, defaultBranch: branch });
    await git.add({ fs, dir, filepath: "." });
    for (const filepath of await git.listFiles({ fs, dir })) {
        const path = join(dir, filepath);
        const { mode } = await fs.promises.lstat(path);
        const content = await fs.promises.readFile(path);
        const text = withLf(content);
        const isScript = content.subarray(0, 2).toString() === "#!";
        if (text !== content || (isScript && (mode & 0o111) === 0)) {
            const oid = await git.writeBlob({ fs, dir, blob: text });
            const executable = isScript || (mode & 0o111) !== 0;
            await git.updateIndex({ fs, dir, filepath, oid, mode: executable ? 0o100755 : 0o100644 });
        }
    }
    const author = { name: "fluxcd", email: "fluxcd@users.noreply.github.com" };
    return git.commit({ fs, dir, author, message: "Start from the fluxcd scaffold\n" });
}

/** As Git, which takes a file for binary if there is a zero byte in its first 8000 bytes. */
function withLf(content: Buffer): Buffer {
    const isText = !content.subarray(0, 8000).includes(0);
    return isText && content.includes("\r\n")
        ? Buffer.from(content.toString("latin1").replaceAll("\r\n", "\n"), "latin1")
        : content;
}
