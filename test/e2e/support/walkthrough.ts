import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { type Block, sections } from "../../support/documents";
import { gitEnvironment } from "./git";
import { variable } from "./lab";
import type { Project } from "./project";
import { run, tail } from "./run";

/** What a person would answer or see differently here. Nothing else in a document is changed. */
const replaced = (): [RegExp, string][] => [
    [/https:\/\/github\.com\/<owner>/g, `${variable("LAB_GITHUB_URL")}/misua`],
    [/<owner>/g, "misua"],
    // There is nobody to ask. pulumi is told so by its variable.
    [/^npx fluxcd (promote|rollback) .*$/gm, "$& --yes"],
    // Half the time: what the preview finds, the update finds too.
    [/^ *pulumi (up|destroy) -s [^\s|]+/gm, "$& --skip-preview"],
    [/^pulumi stack rm .*$/gm, "$& --yes"],
];

export interface Circumstances {
    readonly env?: NodeJS.ProcessEnv;
    /** What is called something else here. */
    readonly instead?: readonly (readonly [RegExp, string])[];
}

/** Follows a document as a person does: writes its files, makes its changes and runs its commands, in their order. */
export class Walkthrough {
    private readonly left: Map<string, Block[]>;

    public constructor(
        private readonly document: string,
        private readonly project: Project,
    ) {
        this.left = sections(document);
    }

    /** Does what a section says, each block in the folder of the project. */
    public async follow(section: string, { env = {}, instead = [] }: Circumstances = {}): Promise<string> {
        const blocks = this.left.get(section) ?? assert.fail(`${this.document} has no section ${section}`);
        this.left.delete(section);
        const printed: string[] = [];
        for (const { language, text } of blocks) {
            const meant = [...replaced(), ...instead].reduce((it, [from, to]) => it.replace(from, to), text);
            if (language === "sh") {
                printed.push(await this.run(meant, env));
            } else if (language === "diff") {
                this.change(meant);
            } else if (meant.startsWith("# ")) {
                this.write(fileIn(meant), `${meant}\n`);
            }
        }
        return printed.join("\n");
    }

    /** What of the document nobody has done: nothing, or its commands are not tested. */
    public notFollowed(): string[] {
        return [...this.left].filter(([, blocks]) => blocks.length > 0).map(([section]) => section);
    }

    private async run(script: string, more: NodeJS.ProcessEnv): Promise<string> {
        const env = { ...gitEnvironment(), PULUMI_SKIP_CONFIRMATIONS: "true", ...more };
        const options = { cwd: this.project.directory, env };
        const { code, output } = await run("bash", ["-e", "-o", "pipefail", "-c", script], options);
        assert.equal(code, 0, `${this.document}:\n${script}\n\nfailed:\n${tail(output)}`);
        return output;
    }

    private write(file: string, text: string): void {
        const path = join(this.project.directory, file);
        assert.ok(!existsSync(path), `${this.document} makes ${file}, which is there`);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
    }

    /** A difference without line numbers: what it shows of before must be in the file, once. */
    private change(difference: string): void {
        const file = fileIn(difference);
        const path = join(this.project.directory, file);
        const lines = difference.split("\n").slice(1);
        const side = (leftOut: string) =>
            lines.filter((line) => !line.startsWith(leftOut)).map((line) => `${line.slice(1)}\n`);
        const [before, after] = [side("+").join(""), side("-").join("")];
        const parts = readFileSync(path, "utf8").split(before);
        assert.equal(parts.length, 2, `${this.document}: ${file} has not, or not once:\n${before}`);
        writeFileSync(path, parts.join(after));
    }
}

function fileIn(text: string): string {
    return /^ ?# (\S+)$/m.exec(text.split("\n")[0] ?? "")?.[1] ?? assert.fail(`no file is named:\n${text}`);
}
