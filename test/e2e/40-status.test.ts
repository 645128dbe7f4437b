import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { kubectl } from "./support/cluster";
import { standIn, traffic } from "./support/github";
import { variable } from "./support/lab";
import { Project } from "./support/project";
import { report } from "./support/report";
import { tail } from "./support/run";
import { mustPulumi, scratch } from "./support/stack";

interface Status {
    readonly stack: string;
    readonly cluster:
        | { readonly unknown: string }
        | {
              readonly healthy: boolean;
              readonly controllers: readonly { readonly ready: boolean }[];
              readonly sources: {
                  readonly apps: { readonly state: string; readonly drift: readonly string[]; readonly mend?: string };
              };
          };
}

describe("npm run status", () => {
    let project: Project;

    async function status(...args: string[]): Promise<{ code: number | null; found: Status[] }> {
        const { code, stdout } = await project.npm("status", [...args, "--json"]);
        return { code, found: JSON.parse(stdout) as Status[] };
    }

    before(async () => {
        project = await Project.make();
        await mustPulumi("refresh -y", "dev");
        await standIn.forget();
    });

    it("shows a healthy environment, and leaves with 0", async () => {
        const { code, output, seconds } = await project.npm("status", ["--env", "dev"]);
        assert.equal(code, 0, tail(output));
        assert.match(output, /^✓ dev {2}Kubernetes v[\d.]+, 4 controllers ready$/m);
        assert.match(output, /^ {2}apps +main@([0-9a-f]{7}) +main@\1 +main@\1 +ready since /m);
        const { reads, writes } = await traffic();
        assert.equal(writes.length, 0);
        report("npm run status, one environment", seconds, `GitHub: ${reads} reads`);
    });

    it("writes the same as a page", async () => {
        const { code, output } = await project.npm("status", ["--env", "dev", "--html", "status.html"]);
        assert.equal(code, 0, tail(output));
        assert.match(project.read("status.html"), /<h1 class="good">All environments are healthy<\/h1>/);
    });

    it("finds what was suspended by hand, leaves with 1, and its mend mends it", async () => {
        const patch = ["patch", "gitrepository", "fluxcd-apps", "--type", "merge", "-p", '{"spec":{"suspend":true}}'];
        await kubectl("dev", "-n", "flux-system", ...patch);
        const { code, found } = await status("--env", "dev");
        assert.equal(code, 1);
        const [{ cluster } = { cluster: { unknown: "nothing was shown" } }] = found;
        assert.ok("sources" in cluster, JSON.stringify(cluster));
        assert.equal(cluster.sources.apps.state, "suspended");
        await project.shell(cluster.sources.apps.mend ?? "");
        assert.equal((await status("--env", "dev")).code, 0);
    });

    it("shows a cluster that does not answer as such, and the others all the same", async () => {
        const kubeconfig = readFileSync(variable("KUBECONFIG"), "utf8");
        const file = join(mkdtempSync(join(scratch, "kubeconfig-")), "config");
        const server = /server: (\S+)/g;
        const servers = [...kubeconfig.matchAll(server)].map(([, url]) => url ?? "");
        const { stdout } = await kubectl(
            "staging",
            "config",
            "view",
            "--minify",
            "-o",
            "jsonpath={.clusters[0].cluster.server}",
        );
        assert.ok(servers.includes(stdout), "the kubeconfig has staging's server");
        // Nothing listens on port 1.
        writeFileSync(file, kubeconfig.replaceAll(stdout, "https://127.0.0.1:1"), { mode: 0o600 });
        const result = await project.npm("status", ["--env", "dev", "--env", "staging"], { env: { KUBECONFIG: file } });
        assert.equal(result.code, 1);
        assert.match(result.output, /^✓ dev /m);
        assert.match(result.output, /^✗ staging {2}the cluster did not answer: /m);
    });
});
