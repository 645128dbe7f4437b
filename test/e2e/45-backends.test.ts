import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { pulumiCommands } from "../documents/commands";
import { blocks } from "../support/documents";
import { devFile } from "./support/dev";
import { standIn, traffic } from "./support/github";
import { labEnvironment, tool, variable } from "./support/lab";
import { Project } from "./support/project";
import { report } from "./support/report";
import { succeed, waitFor } from "./support/run";
import { mustPulumi, scratch } from "./support/stack";

/** The commands of the section, as they stand there. */
const [migration = ""] = blocks("docs/teams.md")
    .map(({ text }) => text)
    .filter((text) => text.includes("pulumi stack migrate"));

async function freePort(): Promise<number> {
    return new Promise((resolve) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const address = server.address();
            server.close(() => {
                resolve(typeof address === "object" && address !== null ? address.port : 0);
            });
        });
    });
}

describe("the state of dev moved to a bucket of S3", () => {
    let server: ChildProcess;
    let project: Project;
    let environment: NodeJS.ProcessEnv;
    let commands: string;

    before(async () => {
        const dev = await devFile();
        await mustPulumi("up -y", "dev", dev);
        project = await Project.make();
        project.write("Pulumi.dev.yaml", readFileSync(dev.at(-1) ?? "", "utf8"));
        const host = `127.0.0.1:${await freePort()}`;
        const args = ["-backend", "memory", "-initialbucket", "state", "-host", host];
        server = spawn(await tool("gofakes3"), args, { stdio: "ignore" });
        await waitFor("the server of S3", 20, () => fetch(`http://${host}/state`));
        environment = {
            // `pulumi login` counts where this is empty, and is forgotten with its home.
            PULUMI_BACKEND_URL: "",
            PULUMI_HOME: mkdtempSync(join(scratch, "pulumi-home-")),
            AWS_ACCESS_KEY_ID: "lab",
            AWS_SECRET_ACCESS_KEY: "lab",
            AWS_REGION: "us-east-1",
        };
        const bucket = `state?endpoint=http://${host}&s3ForcePathStyle=true`;
        commands = migration
            .replace("s3://<bucket>", `'s3://${bucket}'`)
            .replace("file://~", variable("PULUMI_BACKEND_URL"));
        assert.notEqual(commands, migration);
    });

    after(() => {
        server.kill();
    });

    it("changes nothing, by the commands of the document", async () => {
        await standIn.forget();
        const { seconds } = await project.shell(`set -e\n${commands}`, environment);
        const { writes } = await traffic();
        assert.deepEqual(writes, []);
        report("dev moved from files to S3, with a preview", seconds);
    });

    it("goes on from there", async () => {
        const { output } = await project.shell("pulumi up -y --non-interactive -s dev && pulumi stack ls", environment);
        assert.match(output, /\n {4}\d+ unchanged\n/);
        assert.match(output, /^dev\*? /m);
    });

    it("is still where it was", async () => {
        await mustPulumi("preview", "dev", ["--expect-no-changes", ...(await devFile())]);
    });
});

describe("Pulumi's commands in the documents", () => {
    for (const [command, flags] of Object.entries(pulumiCommands)) {
        it(`exist, with the flags that the documents use: pulumi ${command}`, async () => {
            const args = [...command.split(" "), "--help"];
            const { stdout } = await succeed("pulumi", args, { env: labEnvironment() });
            const names = [/^Usage:\n +(pulumi [^[<\n]*?) [[<]/m, /^Aliases:\n +(.*)/m].map(
                (it) => it.exec(stdout)?.[1] ?? "",
            );
            const [usage = "", aliases = ""] = names;
            const group = command.split(" ").slice(0, -1);
            const name = command.split(" ").at(-1) ?? "";
            assert.deepEqual(usage.split(" ").slice(1, -1), group);
            assert.ok([usage.split(" ").at(-1), ...aliases.split(", ")].includes(name), stdout);
            for (const flag of flags) {
                assert.match(stdout, new RegExp(`^ +(-\\w, )?${flag}\\b`, "m"));
            }
        });
    }
});
