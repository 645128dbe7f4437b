import { Argument, Command } from "commander";
import { colors } from "./colors.ts";
import { leaveLab } from "./outside.ts";
import { cacheDirectory } from "./paths.ts";
import { say } from "./progress.ts";

const program = new Command("npm run lab --")
    .description(
        "The whole system on this machine: Pulumi, a Kubernetes cluster per environment, Flux, and GitHub's API.",
    )
    .showHelpAfterError();

program
    .command("up")
    .description("start the lab, or what of it does not run; writes .lab/env.sh")
    .action(async () => {
        const { up } = await import("./up.ts");
        await up();
    });

program
    .command("status")
    .description("what runs, where, and what it costs; fails when something that should run does not")
    .option("--json", "the same for programs")
    .action(async ({ json }: { json?: boolean }) => {
        const { describe, readStatus } = await import("./status.ts");
        const status = await readStatus();
        console.log(json ? JSON.stringify(status, undefined, 2) : describe(status));
        if (!status.healthy) process.exitCode = 1;
    });

program
    .command("down")
    .description("end every process of the lab and remove .lab; built tools stay in the cache")
    .action(async () => {
        const { down } = await import("./down.ts");
        await down();
    });

program
    .command("toolchain")
    .description(`find or build the lab's tools and print where they are; builds are kept in ${cacheDirectory}`)
    .addArgument(new Argument("[tools...]", "all of them if none is named"))
    .action(async (names: string[]) => {
        const { toolchain, toolNames } = await import("./toolchain/index.ts");
        const unknown = names.filter((name) => !toolNames.some((tool) => tool === name));
        if (unknown.length > 0) {
            throw new Error(`The lab has no tool ${unknown.join(", ")}. It has ${toolNames.join(", ")}.`);
        }
        const wanted = toolNames.filter((name) => names.length === 0 || names.includes(name));
        const paths = await toolchain(wanted, { log: say });
        for (const [name, path] of Object.entries(paths)) console.log(`${name.padEnd(24)} ${path}`);
    });

leaveLab();
try {
    await program.parseAsync();
} catch (error) {
    say(`${colors.red("✗")} ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
}
