import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { checkout } from "../paths.ts";
import { shell } from "../shell.ts";
import { workDirectory } from "./support.ts";

const directory = join(workDirectory, "empty");

/** What the engine and its language host take where the program does nothing: nobody can be faster than that. */
export async function emptyProgram(): Promise<(command: string) => string> {
    if (!existsSync(directory)) {
        mkdirSync(directory, { recursive: true });
        writeFileSync(join(directory, "Pulumi.yaml"), stringify({ name: "empty", runtime: "nodejs" }));
        writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "empty", main: "index.js" }));
        writeFileSync(join(directory, "index.js"), "");
        symlinkSync(join(checkout, "node_modules"), join(directory, "node_modules"));
        await shell("pulumi stack init empty --non-interactive", undefined, directory);
        // The first run writes the stack itself into the state.
        await shell(`pulumi -C ${directory} up -y -s empty --skip-preview`);
    }
    return (command) => command.replace("pulumi ", `pulumi -C ${directory} `).replace("-s dev", "-s empty");
}
