import assert from "node:assert/strict";
import { delimiter, dirname, join } from "node:path";

import { workflow } from "../../support/workflow";
import type { Context } from "./cluster";
import { repositories } from "./fetching";
import { Clone, gitEnvironment, type RepositoryName } from "./git";
import { tool, variable } from "./lab";
import { type Result, run, succeed, tail } from "./run";
import { type Schemas, serveSchemas } from "./schemas";

/** What a repository's own workflows check, run in a clone as GitHub runs it: the same commands, with the real kubeconform. */
export class RequiredChecks {
    private constructor(
        private readonly schemas: Schemas,
        private readonly kubeconform: string,
    ) {}

    /** With the schemas of this cluster, its custom resources too. */
    public static async start(context: Context): Promise<RequiredChecks> {
        return new RequiredChecks(await serveSchemas(context), await tool("kubeconform"));
    }

    public stop(): void {
        this.schemas.close();
    }

    /** The check `validate`, which a pull request must pass. */
    public validate(clone: string): Promise<Result> {
        const path = [dirname(this.kubeconform), gitEnvironment().PATH].join(delimiter);
        return lastStep(clone, "validate", { ...this.schemas.env, PATH: path });
    }

    public async assertValid(clone: string): Promise<void> {
        const { code, output } = await this.validate(clone);
        assert.equal(code, 0, `validate fails in ${clone}:\n${tail(output)}`);
    }
}

/** The release tags of both repositories, each checked once, by the check that runs when it is pushed. */
export class ReleaseTags {
    private readonly known = new Set<string>();

    /** Leaves out what there is already. */
    public static async fromNow(): Promise<ReleaseTags> {
        const tags = new ReleaseTags();
        await Promise.all(repositories.map((repository) => tags.unknown(repository)));
        return tags;
    }

    /** Checks those since the last time, with the files of the tag, and returns each as `<repository> <tag>`. */
    public async check(): Promise<string[]> {
        const checked: string[] = [];
        for (const repository of repositories) {
            const tags = await this.unknown(repository);
            const clone = await Clone.of(repository);
            for (const tag of tags) {
                await clone.git("checkout", "--quiet", tag);
                const { code, output } = await lastStep(clone.directory, "release-tag", { TAG: tag });
                assert.equal(code, 0, output);
                checked.push(`${repository} ${tag}`);
            }
        }
        return checked;
    }

    private async unknown(repository: RepositoryName): Promise<string[]> {
        const url = `${variable("LAB_GITHUB_URL")}/misua/${repository}.git`;
        const { stdout } = await succeed("git", ["ls-remote", "--tags", "--refs", url], { env: gitEnvironment() });
        const tags = [...stdout.matchAll(/refs\/tags\/(\S+)/g)].map(([, tag = ""]) => tag);
        const unknown = tags.filter((tag) => !this.known.has(`${repository} ${tag}`));
        unknown.forEach((tag) => this.known.add(`${repository} ${tag}`));
        return unknown;
    }
}

/** Runs the last step of a workflow with GitHub's shell. The steps before it check out and install. */
function lastStep(cwd: string, name: string, env: NodeJS.ProcessEnv): Promise<Result> {
    const { steps } = workflow(join(cwd, ".github", "workflows", `${name}.yaml`)).jobs[name] ?? { steps: [] };
    const script = steps.at(-1)?.run ?? assert.fail(`the workflow ${name} does not end with a command`);
    return run("bash", ["-e", "-c", script], { cwd, env: { ...gitEnvironment(), ...env } });
}
