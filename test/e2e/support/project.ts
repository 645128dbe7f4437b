import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { gitEnvironment } from "./git";
import { checkout, type Options, type Result, run, succeed } from "./run";
import { scratch } from "./stack";

const notNeeded = [":!lab", ":!test", ":!docs"];

/** A checkout of its own, whose stack files may be edited: with the committed ones, and the program as it is here. */
export class Project {
    private constructor(public readonly directory: string) {}

    public static async make(directory = mkdtempSync(join(scratch, "project-"))): Promise<Project> {
        const project = new Project(directory);
        const listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...notNeeded];
        const { stdout } = await succeed("git", listed);
        for (const file of stdout.split("\0").filter((name) => name !== "" && existsSync(join(checkout, name)))) {
            cpSync(join(checkout, file), join(project.directory, file));
        }
        symlinkSync(join(checkout, "node_modules"), join(project.directory, "node_modules"));
        await project.git("init", "--quiet");
        await project.commit("The committed stack files");
        return project;
    }

    public read(file: string): string {
        return readFileSync(join(this.directory, file), "utf8");
    }

    public write(file: string, text: string): void {
        writeFileSync(join(this.directory, file), text);
    }

    public git(...args: string[]): Promise<Result> {
        return succeed("git", args, { cwd: this.directory, env: gitEnvironment() });
    }

    public async commit(message: string): Promise<void> {
        await this.git("add", "--all");
        await this.git("commit", "--quiet", "-m", message);
    }

    /** `npx fluxcd <command> <args>`. */
    public fluxcd(
        command: "promote" | "rollback" | "history" | "status" | "doctor" | "audit",
        args: readonly string[],
        options: Options = {},
    ) {
        const env = { ...gitEnvironment(), ...options.env };
        return run("npx", ["fluxcd", command, ...args], { ...options, cwd: this.directory, env });
    }

    /** A command that a person is told to type. */
    public shell(command: string, env: NodeJS.ProcessEnv = {}): Promise<Result> {
        return succeed("bash", ["-c", command], { cwd: this.directory, env: { ...gitEnvironment(), ...env } });
    }
}
