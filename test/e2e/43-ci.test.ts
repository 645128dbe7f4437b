import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { parse, stringify } from "yaml";

import { shellSteps, workflow } from "../support/workflow";
import { kubectl } from "./support/cluster";
import { devFile } from "./support/dev";
import { gitEnvironment } from "./support/git";
import { api, deleteDeployKey, deployKeys, standIn } from "./support/github";
import { variable } from "./support/lab";
import { Project } from "./support/project";
import { report } from "./support/report";
import { type Result, run, tail } from "./support/run";
import { mustPulumi } from "./support/stack";

interface Comment {
    readonly id: number;
    readonly body: string;
}

interface Issue extends Comment {
    readonly number: number;
    readonly state: "open" | "closed";
}

describe("CI", () => {
    const repository = "fluxcd-ci";
    const home = `/repos/misua/${repository}`;
    let project: Project;
    let dev: string[];

    /** The shell steps of a job, as the runner runs them, in a checkout of the project. */
    async function runJob(file: string, name: string): Promise<Result> {
        const { [name]: job } = workflow(join(".github/workflows", `${file}.yaml`)).jobs;
        assert.ok(job, `${file} has no job ${name}`);
        const token = variable("GITHUB_TOKEN");
        const steps = shellSteps(job, {
            "steps.set-up.outputs.github-token": token,
            "github.token": token,
            "github.event.pull_request.number": "1",
        });
        const [step, ...others] = steps;
        assert.ok(step);
        assert.deepEqual(others, []);
        const env = { ...gitEnvironment(), CI: "true", GITHUB_REPOSITORY: `misua/${repository}`, ...step.env };
        return run("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.script], {
            cwd: project.directory,
            env,
        });
    }

    const comments = () => api<Comment[]>(`${home}/issues/1/comments`);
    const issues = () => api<Issue[]>(`${home}/issues?labels=drift&state=all`);

    async function post(path: string, body: object): Promise<void> {
        const { status } = await fetch(`${variable("LAB_GITHUB_URL")}/api/v3${path}`, {
            method: "POST",
            headers: { authorization: `Bearer ${variable("GITHUB_TOKEN")}`, "content-type": "application/json" },
            body: JSON.stringify(body),
        });
        assert.equal(status, 201, path);
    }

    before(async () => {
        dev = await devFile();
        await mustPulumi("up -y", "dev", dev);
        project = await Project.make();
        project.write("Pulumi.dev.yaml", readFileSync(dev[1] ?? "", "utf8"));
        // Each stack takes its time, and the workflows are the same for all.
        for (const stack of ["staging", "production"]) {
            rmSync(join(project.directory, `Pulumi.${stack}.yaml`));
        }
        // The repository of this project, with something to comment on.
        await post("/user/repos", { name: repository });
        await post(`${home}/issues`, { title: "Stands in for a pull request: both take comments alike" });
    });

    it("writes the preview of a pull request as a comment", async () => {
        const { code, output, seconds } = await runJob("preview", "preview");
        assert.equal(code, 0, tail(output));
        const [comment, ...others] = await comments();
        assert.deepEqual(others, []);
        assert.match(
            comment?.body ?? "",
            /^<!-- fluxcd: [^\n]+ -->\n### Preview\n\n\| \| \|\n\|---\|---\|\n\| dev \| no changes \|\n/,
        );
        report("preview of dev, with its comment", seconds);
    });

    it("edits it in place the next time, here with a change", async () => {
        const [before] = await comments();
        const file = project.read("Pulumi.dev.yaml");
        const { config } = parse(file) as { config: object };
        project.write(
            "Pulumi.dev.yaml",
            stringify({ config: { ...config, "fluxcd:identity": { kind: "deployKey", generation: 2 } } }),
        );
        const { code, output } = await runJob("preview", "preview");
        project.write("Pulumi.dev.yaml", file);
        assert.equal(code, 0, tail(output));
        const [comment, ...others] = await comments();
        assert.deepEqual(others, []);
        assert.equal(comment?.id, before?.id);
        assert.match(comment?.body ?? "", /\| dev \| [^|]*to (create|replace)/);
        assert.ok(!comment?.body.includes(variable("GITHUB_TOKEN")), "the comment has the token");
    });

    it("applies what is merged, which here is nothing", async () => {
        const { code, output } = await runJob("up", "dev");
        assert.equal(code, 0, tail(output));
        assert.match(output, /Resources:\n {4}\d+ unchanged\n/);
    });

    it("finds no drift where nobody has touched anything, and opens no issue", async () => {
        await standIn.forget();
        const { code, output, seconds } = await runJob("drift", "drift");
        assert.equal(code, 0, tail(output));
        assert.deepEqual(await issues(), []);
        report("drift of dev, none found", seconds);
    });

    it("finds what was changed by hand on GitHub and in the cluster, names it, and opens one issue", async () => {
        await deleteDeployKey("fluxcd-apps", "flux-dev");
        const patch = ["patch", "kustomization", "apps", "--type", "merge", "-p", '{"spec":{"interval":"7m"}}'];
        await kubectl("dev", "-n", "flux-system", ...patch);
        const { code, output } = await runJob("drift", "drift");
        assert.equal(code, 1, tail(output));
        const [issue, ...others] = await issues();
        assert.deepEqual(others, []);
        assert.match(
            issue?.body ?? "",
            /\| dev \| \*\*changed, or not to be read\*\*: look at it, then `pulumi up --refresh -s dev` \|/,
        );
        assert.match(issue?.body ?? "", /apps-kustomization/);
        assert.match(issue?.body ?? "", /apps-deploy-key-key/);
    });

    it("lets pulumi up --refresh fix both, and closes the issue", async () => {
        const file = dev.join(" ");
        const { code, output, seconds } = await run(
            "bash",
            ["-c", `pulumi up --refresh --yes --non-interactive -s dev ${file}`],
            { env: gitEnvironment() },
        );
        assert.equal(code, 0, tail(output));
        report("pulumi up --refresh after changes by hand", seconds);
        assert.ok((await deployKeys("fluxcd-apps")).some(({ title }) => title === "flux-dev"));
        const shown = await kubectl(
            "dev",
            "-n",
            "flux-system",
            "get",
            "kustomization",
            "apps",
            "-o",
            "jsonpath={.spec.interval}",
        );
        assert.equal(shown.stdout, "5m");
        const drift = await runJob("drift", "drift");
        assert.equal(drift.code, 0, tail(drift.output));
        const [issue, ...others] = await issues();
        assert.deepEqual(others, []);
        assert.equal(issue?.state, "closed");
    });
});
