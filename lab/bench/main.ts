import Table from "cli-table3";
import { Command } from "commander";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { colors } from "../colors.ts";
import { down } from "../down.ts";
import { labDirectory } from "../paths.ts";
import { say } from "../progress.ts";
import { shell } from "../shell.ts";
import { readStatus } from "../status.ts";
import { Steps } from "../steps.ts";
import { up } from "../up.ts";

interface Request {
    readonly kind: "read" | "write";
    readonly via: string;
}

interface Figure {
    readonly what: string;
    readonly seconds: number;
    /** Requests to GitHub's API, and the program's own push; not what Flux asks of git. */
    readonly reads: number;
    readonly writes: number;
}

const commands = [
    ["up -s dev, from nothing", "pulumi up -y -s dev --skip-preview"],
    ["up -s dev again", "pulumi up -y -s dev --skip-preview --expect-no-changes"],
    ["preview -s dev", "pulumi preview -s dev --expect-no-changes"],
    ["refresh -s dev", "pulumi refresh -y -s dev --skip-preview --expect-no-changes"],
    [
        "release tags",
        `for r in ${labDirectory}/bench/*; do git -C $r tag staging-v1.0.0 && git -C $r push -q origin staging-v1.0.0; done`,
    ],
    ["up -s staging, from nothing", "pulumi up -y -s staging --skip-preview"],
    ["preview -s staging", "pulumi preview -s staging --expect-no-changes"],
    ["destroy -s staging", "pulumi destroy -y -s staging --skip-preview"],
] as const;

const program = new Command("npm run bench --").description(
    "Times the program in a new lab, and counts what it asks of GitHub.",
);
program.option("--json", "the figures as data, on standard output");
program.parse();

try {
    await bench(program.opts<{ json?: boolean }>());
} catch (error) {
    say(`${colors.red("✗")} ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
}

async function bench({ json }: { json?: boolean }): Promise<void> {
    const steps = new Steps();
    await steps.run("the lab, from nothing", async () => {
        await down();
        await up();
    });
    const work = join(labDirectory, "bench");
    mkdirSync(work);
    const figures: Figure[] = [];
    for (const [what, command] of commands) {
        if (what === "release tags") await clone(work);
        await shell("curl -fsS -X DELETE $LAB_GITHUB_URL/_lab/requests");
        await steps.run(what, () => shell(command));
        const requests = JSON.parse(await shell("curl -fsS $LAB_GITHUB_URL/_lab/requests")) as Request[];
        const asked = requests.filter(({ via }) => via !== "git-ssh");
        const count = (kind: string) => asked.filter((request) => request.kind === kind).length;
        figures.push({ what, seconds: steps.taken.at(-1)?.seconds ?? 0, reads: count("read"), writes: count("write") });
    }
    const { memoryBytes } = await readStatus();
    await down();
    if (json) {
        console.log(JSON.stringify({ figures, memoryBytes }, undefined, 2));
        return;
    }
    const head = ["what", "seconds", "GitHub reads", "writes"];
    const table = new Table({ head, colAligns: ["left", "right", "right", "right"], style: { head: [], border: [] } });
    for (const { what, seconds, reads, writes } of figures) table.push([what, seconds.toFixed(1), reads, writes]);
    console.log(table.toString());
    console.log(`The lab with Flux on dev takes ${(memoryBytes / 2 ** 20).toFixed(0)} MiB.`);
}

async function clone(work: string): Promise<void> {
    for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"]) {
        await shell(`git clone -q $LAB_GITHUB_URL/misua/${repository}.git`, undefined, work);
    }
}
