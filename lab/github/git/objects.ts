import type { GitRepository, Signature } from "./repository.ts";

export interface Commit {
    sha: string;
    tree: string;
    parents: string[];
    author: Signature;
    committer: Signature;
    message: string;
    signature: string | null;
}

export interface Tag {
    sha: string;
    object: string;
    type: string;
    name: string;
    tagger: Signature;
    message: string;
}

export interface TreeEntry {
    mode: string;
    type: string;
    sha: string;
    size: number | undefined;
    path: string;
}

export async function readCommit(git: GitRepository, sha: string): Promise<Commit> {
    const { headers, message } = parse(await git.run(["cat-file", "commit", sha]));
    const first = (name: string): string => headers.find(([key]) => key === name)?.[1] ?? "";
    return {
        sha,
        tree: first("tree"),
        parents: headers.filter(([key]) => key === "parent").map(([, value]) => value),
        author: signature(first("author")),
        committer: signature(first("committer")),
        message,
        signature: headers.find(([key]) => key === "gpgsig")?.[1] ?? null,
    };
}

export async function readTag(git: GitRepository, sha: string): Promise<Tag> {
    const { headers, message } = parse(await git.run(["cat-file", "tag", sha]));
    const first = (name: string): string => headers.find(([key]) => key === name)?.[1] ?? "";
    return {
        sha,
        object: first("object"),
        type: first("type"),
        name: first("tag"),
        tagger: signature(first("tagger")),
        message,
    };
}

export async function readTree(git: GitRepository, tree: string, recursive: boolean): Promise<TreeEntry[]> {
    const output = await git.run(["ls-tree", "-z", "-l", ...(recursive ? ["-r", "-t"] : []), tree]);
    return output
        .split("\0")
        .filter((line) => line !== "")
        .map((line) => {
            const [head = "", path = ""] = line.split("\t");
            const [mode = "", type = "", sha = "", size = ""] = head.split(/ +/);
            return { mode, type, sha, size: size === "-" ? undefined : Number(size), path };
        });
}

/** A commit's or tag's header lines (a line that starts with a space goes on with the one before) and its message. */
function parse(text: string): { headers: [string, string][]; message: string } {
    const end = text.indexOf("\n\n");
    const head = end === -1 ? text : text.slice(0, end);
    const headers: [string, string][] = [];
    for (const line of head.split("\n")) {
        const last = headers.at(-1);
        if (line.startsWith(" ") && last !== undefined) {
            last[1] += `\n${line.slice(1)}`;
        } else {
            const space = line.indexOf(" ");
            headers.push([line.slice(0, space), line.slice(space + 1)]);
        }
    }
    return { headers, message: end === -1 ? "" : text.slice(end + 2) };
}

function signature(line: string): Signature {
    const match = /^(?<name>.*) <(?<email>.*)> (?<seconds>\d+) /.exec(line);
    const { name = "", email = "", seconds = "0" } = match?.groups ?? {};
    return { name, email, date: new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z") };
}
