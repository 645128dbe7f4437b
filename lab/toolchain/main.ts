import { Argument, Command } from "commander";
import { cacheDirectory } from "../paths.ts";
import { fluxManifest, toolchain, toolNames, type ToolName } from "./index.ts";

const log = (line: string) => {
    console.error(line);
};

const program = new Command("toolchain")
    .description(
        "Builds what the lab runs, or finds it installed, and prints where each tool is. " +
            `What is built is kept in ${cacheDirectory}; remove that folder to build anew.`,
    )
    .addArgument(
        new Argument("[tools...]", "all of them if none is named").choices(toolNames).default(toolNames, "all"),
    )
    .option("--no-download", "build what of Pulumi could be downloaded")
    .option("--flux-manifest <version>", "also put the install.yaml of this Flux release together, for example v2.9.5")
    .action(
        async (
            names: ToolName[],
            { fluxManifest: version, download }: { fluxManifest?: string; download: boolean },
        ) => {
            const paths: Record<string, string> = await toolchain(names, { log, download });
            if (version !== undefined) paths["install.yaml"] = await fluxManifest(version, { log });
            for (const [name, path] of Object.entries(paths)) console.log(`${name.padEnd(24)} ${path}`);
        },
    );

try {
    await program.parseAsync();
} catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
}
