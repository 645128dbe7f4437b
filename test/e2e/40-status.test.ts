import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { fetched, kubectl } from "./support/cluster";
import { devFile } from "./support/dev";
import { standIn, traffic } from "./support/github";
import { variable } from "./support/lab";
import { Project } from "./support/project";
import { report } from "./support/report";
import { tail, waitFor } from "./support/run";
import { madeSecrets } from "./support/secrets";
import { mustPulumi, scratch } from "./support/stack";

interface Credential {
    readonly name: string;
    readonly state: string;
    readonly made?: string;
    readonly expires?: string;
}

interface Apps {
    readonly state: string;
    readonly why?: string;
    readonly drift: readonly { readonly field: string; readonly found?: unknown; readonly by?: string }[];
    readonly fix?: string;
}

interface Status {
    readonly stack: string;
    readonly credentials: readonly Credential[];
    readonly cluster:
        | { readonly unknown: string }
        | {
              readonly healthy: boolean;
              readonly controllers: readonly { readonly ready: boolean }[];
              readonly sources: { readonly apps: Apps };
          };
}

describe("npx fluxcd status", () => {
    let project: Project;

    /** What it says of dev. */
    async function dev(env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; apps: Apps; found: Status }> {
        const { code, stdout } = await project.fluxcd("status", ["--stack", "dev", "--json"], { env });
        const { environments } = JSON.parse(stdout) as { environments: Status[] };
        const [found] = environments;
        assert.ok(found && "sources" in found.cluster, stdout);
        return { code, apps: found.cluster.sources.apps, found };
    }

    const patch = (spec: object) =>
        kubectl(
            "dev",
            "-n",
            "flux-system",
            "patch",
            "gitrepository",
            "apps",
            "--type",
            "merge",
            "-p",
            JSON.stringify({ spec }),
        );

    before(async () => {
        project = await Project.make();
        await mustPulumi("up -y --refresh", "dev", await devFile());
        await standIn.forget();
    });

    it("shows a healthy environment, and leaves with 0", async () => {
        const { code, output, seconds } = await project.fluxcd("status", ["--stack", "dev"]);
        assert.equal(code, 0, tail(output));
        assert.match(output, /^✓ dev {2}Kubernetes v[\d.]+, 4 controllers ready$/m);
        for (const kind of ["GitRepository", "Kustomization"]) {
            const line = `^ {2}${kind} +apps +main@([0-9a-f]{7}) +main@\\1 +ready, `;
            assert.match(output, new RegExp(line, "m"));
        }
        assert.match(output, /^ {2}· GITHUB_TOKEN: expires \d{4}-\d\d-\d\d, in \d+ days$/m);
        for (const name of ["fluxcd-infrastructure", "fluxcd-apps"]) {
            assert.match(
                output,
                new RegExp(`^ {2}· deploy key of ${name}: made \\d{4}-\\d\\d-\\d\\d, 0 days ago$`, "m"),
            );
        }
        const { reads, writes } = await traffic();
        assert.equal(writes.length, 0);
        report("npx fluxcd status, one environment", seconds, `GitHub: ${reads} reads`);
    });

    it("writes the same as a page", async () => {
        const { code, output } = await project.fluxcd("status", ["--stack", "dev", "--html", "status.html"]);
        assert.equal(code, 0, tail(output));
        assert.match(project.read("status.html"), /<h1 class="good">All environments are healthy<\/h1>/);
    });

    it("finds what was suspended by hand, leaves with 1, and its fix fixes it", async () => {
        await patch({ suspend: true });
        const { code, apps } = await dev();
        assert.equal(code, 1);
        assert.deepEqual(
            [apps.state, apps.drift[0]?.field, apps.drift[0]?.by],
            ["suspended", "suspend", "kubectl-patch"],
        );
        await project.shell(apps.fix ?? "");
        assert.equal((await dev()).code, 0);
    });

    it("finds a source that was turned to what is not there, says what Flux fails at, and its fix fixes it", async () => {
        await patch({ ref: { tag: "dev-v9.9.9" } });
        await waitFor("Flux fails", 30, async () => {
            assert.equal((await fetched("dev", "apps"))?.status, "False");
        });
        const { code, apps } = await dev();
        assert.equal(code, 1);
        assert.equal(apps.state, "failing");
        assert.match(apps.why ?? "", /fluxcd-apps has no such tag: dev-v9\.9\.9/);
        assert.deepEqual(
            apps.drift.map(({ field, found }) => [field, found]),
            [["ref", { branch: "main", tag: "dev-v9.9.9" }]],
        );
        await project.shell(apps.fix ?? "");
        await waitFor("dev is healthy again", 30, async () => {
            assert.equal((await dev()).code, 0);
        });
    });

    it("is not healthy with a token that has ended, and says so beside what the cluster tells", async () => {
        const token = `ghp_${randomBytes(18).toString("hex")}`;
        madeSecrets.push(["a token that has ended", token]);
        const expiresAt = new Date(Date.now() - 24 * 3600_000).toISOString();
        await standIn.addToken({ token, kind: "classic", scopes: ["repo"], expiresAt });
        const { code, apps, found } = await dev({ GITHUB_TOKEN: token });
        await standIn.revokeToken(token);
        assert.equal(code, 1);
        assert.equal(apps.state, "ready");
        assert.deepEqual(
            found.credentials.map(({ state }) => state),
            ["ended", "unknown", "unknown"],
        );
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
        const result = await project.fluxcd("status", ["--stack", "dev", "--stack", "staging"], {
            env: { KUBECONFIG: file },
        });
        assert.equal(result.code, 1);
        assert.match(result.output, /^✓ dev /m);
        assert.match(result.output, /^✗ staging {2}the cluster did not answer: /m);
    });
});
