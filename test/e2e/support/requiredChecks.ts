import assert from "node:assert/strict";
import { delimiter, dirname, join } from "node:path";

import { workflow } from "../../support/workflow";
import type { Context } from "./cluster";
import { gitEnvironment } from "./git";
import { tool } from "./lab";
import { type Result, run, tail } from "./run";
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

/** The check of a pushed release tag. The clone has the tag's commit, and every branch and tag. */
export async function assertReleaseTag(clone: string, tag: string): Promise<void> {
    const { code, output } = await lastStep(clone, "release-tag", { TAG: tag });
    assert.equal(code, 0, output);
}

/** Runs the last step of a workflow with GitHub's shell. The steps before it check out and install. */
function lastStep(cwd: string, name: string, env: NodeJS.ProcessEnv): Promise<Result> {
    const { steps } = workflow(join(cwd, ".github", "workflows", `${name}.yaml`)).jobs[name] ?? { steps: [] };
    const script = steps.at(-1)?.run ?? assert.fail(`the workflow ${name} does not end with a command`);
    return run("bash", ["-e", "-c", script], { cwd, env: { ...gitEnvironment(), ...env } });
}
