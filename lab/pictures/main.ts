import { Command } from "commander";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../paths.ts";
import { say } from "../progress.ts";
import { shell } from "../shell.ts";
import { pagePicture } from "./page.ts";
import { plain, terminalPicture } from "./terminal.ts";

new Command("npm run pictures --")
    .description("Makes the pictures of docs/pictures again, from the lab that npm run demo left up.")
    .parse();

const pictures = join(checkout, "docs", "pictures");
mkdirSync(pictures, { recursive: true });
const work = mkdtempSync(join(tmpdir(), "pictures-"));
try {
    write("status.svg", pagePicture("The page of npx fluxcd status --html", await statusPage()));
    write("refused.svg", terminalPicture("A preview that the rules of promotion refuse", await refusedPreview()));
} finally {
    rmSync(work, { recursive: true });
}

function write(name: string, picture: string): void {
    writeFileSync(join(pictures, name), picture);
    say(`✓ docs/pictures/${name}`);
}

async function statusPage(): Promise<string> {
    const file = join(work, "status.html");
    // It exits with 1 if something is not as the stack files want it, as after the demo.
    await shell(`npx fluxcd status --html ${file} > ${join(work, "status.txt")} || true`);
    // Whoever made the last commit of this checkout has no place in a picture for everybody.
    const author = (await shell("git log -1 --format=%an")).trim();
    return readFileSync(file, "utf8").replaceAll(author, "Ada");
}

/** Production, asked to take the apps of a version that staging does not run, inside a freeze. */
async function refusedPreview(): Promise<string> {
    const file = join(work, "Pulumi.production.yaml");
    cpSync(join(checkout, "Pulumi.production.yaml"), file);
    const set = `pulumi config set -s production --config-file ${file} --path`;
    await shell(`${set} fluxcd:sources.apps.tag prod-v1.0.0`);
    await shell(`${set} 'fluxcd:promotion.freezes[0].from' ${day(-3)}`);
    await shell(`${set} 'fluxcd:promotion.freezes[0].to' ${day(10)}`);
    await shell(`${set} 'fluxcd:promotion.freezes[0].reason' 'year end'`);
    const preview = `pulumi preview -s production --non-interactive --color always --config-file ${file}`;
    const output = await shell(`${preview} 2>&1 || true`);
    const lines = output.split("\n").filter((line) => !isNoise(plain(line)));
    return ["$ pulumi preview --stack production", ...lines].join("\n");
}

/** What only the lab prints (its plugins are on PATH), and the rows of progress, which a terminal draws over. */
function isNoise(line: string): boolean {
    return /warning: using|pulumi:pulumi:Stack|^ *error: preview failed$|^@ |^ ~ /.test(line);
}

/** A date so many days from today, as in 2026-01-31. */
function day(offset: number): string {
    return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}
