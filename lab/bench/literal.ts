import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { checkout } from "../paths.ts";
import { shell } from "../shell.ts";
import { workDirectory } from "./support.ts";

const directory = join(workDirectory, "literal");
const backend = `file://${join(workDirectory, "literal-state")}`;

/**
 * What the engine and the providers take for the resources of dev, registered by a program that has their inputs as literals,
 * and neither reads nor checks anything. It is made of the state, so it cannot drift from the program, and has a copy of the
 * state, so nothing is to be done.
 */
export async function literalProgram(): Promise<(command: string) => string> {
    mkdirSync(directory, { recursive: true });
    mkdirSync(join(workDirectory, "literal-state"), { recursive: true });
    const state = join(directory, "state.json");
    await shell(`umask 077 && pulumi stack export -s dev --show-secrets > ${state}`);
    writeFileSync(join(directory, "Pulumi.yaml"), stringify({ name: "fluxcd", runtime: "nodejs" }));
    writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "literal", main: "program.cjs" }));
    copyFileSync(join(import.meta.dirname, "literalProgram.cjs"), join(directory, "program.cjs"));
    symlinkSync(join(checkout, "node_modules"), join(directory, "node_modules"));
    const here = `PULUMI_BACKEND_URL=${backend} pulumi -C ${directory}`;
    await shell(`${here} stack init dev --non-interactive`);
    await shell(`${here} stack import -s dev --file ${state}`);
    return (command) => command.replace("pulumi ", `${here} `);
}
