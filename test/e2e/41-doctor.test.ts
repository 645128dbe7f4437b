import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { devFile } from "./support/dev";
import { standIn, traffic } from "./support/github";
import { kubeconfigAtPort, kubeconfigWithout } from "./support/kubeconfig";
import { variable } from "./support/lab";
import { Project } from "./support/project";
import { report } from "./support/report";
import { tail } from "./support/run";
import { madeSecrets } from "./support/secrets";
import { mustPulumi, scratch } from "./support/stack";

interface Check {
    readonly about: string;
    readonly state: string;
    readonly says: string;
    readonly fix?: string;
}

/** Everything on the PATH but one program, and another program that is of an old version. */
function pathWithout(missing: string, old: { readonly name: string; readonly version: string }): string {
    const folder = mkdtempSync(join(scratch, "path-"));
    const seen = new Set([missing, old.name]);
    for (const directory of variable("PATH").split(delimiter)) {
        for (const name of safeList(directory).filter((it) => !seen.has(it))) {
            seen.add(name);
            symlinkSync(join(directory, name), join(folder, name));
        }
    }
    const file = join(folder, old.name);
    const real = variable("PATH")
        .split(delimiter)
        .find((directory) => safeList(directory).includes(old.name));
    const isAsked = `[ "$1" = --version ] && echo ${old.version} && exit`;
    writeFileSync(file, `#!/bin/sh\n${isAsked}\nexec ${join(real ?? "", old.name)} "$@"\n`);
    chmodSync(file, 0o755);
    return folder;
}

function safeList(directory: string): string[] {
    try {
        return readdirSync(directory);
    } catch {
        return [];
    }
}

describe("npx fluxcd doctor", () => {
    let project: Project;
    const tokens: string[] = [];

    async function token(kind: object, days: number): Promise<string> {
        const text = `ghp_${randomBytes(18).toString("hex")}`;
        madeSecrets.push(["a token that the doctor looks at", text]);
        tokens.push(text);
        const expiresAt = new Date(Date.now() + days * 24 * 3600_000).toISOString();
        await standIn.addToken({ token: text, ...kind, expiresAt });
        return text;
    }

    /** What fails and what is warned of, by what it is about. */
    async function doctor(env: NodeJS.ProcessEnv): Promise<{ code: number | null; checks: readonly Check[] }> {
        const { code, stdout } = await project.fluxcd("doctor", ["--stack", "dev", "--json"], { env });
        const { sections } = JSON.parse(stdout) as { sections: { checks: Check[] }[] };
        return { code, checks: sections.flatMap(({ checks }) => checks) };
    }

    function assertSays(
        checks: readonly Check[],
        wanted: Partial<Check> & { about: string },
        ...words: string[]
    ): void {
        const found = checks.filter(({ about, state }) => about === wanted.about && state === wanted.state);
        assert.ok(found.length > 0, `nothing of ${wanted.about} is ${String(wanted.state)}: ${JSON.stringify(checks)}`);
        const text = found.map(({ says, fix = "" }) => `${says} | ${fix}`).join("\n");
        for (const word of words) {
            assert.ok(
                text.includes(word),
                `${wanted.about} does not say "${word}": ${JSON.stringify(checks, undefined, 1)}`,
            );
        }
    }

    before(async () => {
        project = await Project.make();
        await standIn.forget();
    });

    after(async () => {
        for (const one of tokens) {
            await standIn.revokeToken(one);
        }
    });

    it("finds nothing in the way of a first update, or of the next, and changes nothing", async () => {
        const { code, output, seconds } = await project.fluxcd("doctor", ["--stack", "dev"]);
        assert.equal(code, 0, tail(output));
        for (const about of ["Node.js", "Pulumi CLI", "kubectl", "git", "pulumi login", "PULUMI_CONFIG_PASSPHRASE"]) {
            assert.ok(output.includes(`  ✓ ${about}: `), `${about}: ${tail(output)}`);
        }
        for (const line of [
            /✓ Pulumi\.dev\.yaml: is valid$/m,
            /✓ stack dev: exists$/m,
            /✓ GITHUB_TOKEN: a classic token with the scopes .*repo.*; expires \d{4}-\d\d-\d\d, in \d+ days$/m,
            /✓ owner misua: a user, on GitHub's plan \w+$/m,
            /✓ context dev: answers, and Flux v2\.[\d.]+ supports its Kubernetes$/m,
            /✓ rights in the cluster: the user has every right it needs$/m,
            /✓ Flux v2\.[\d.]+: its manifest is complete: \d+ objects$/m,
            /✓ Flux in the cluster: /m,
        ]) {
            assert.match(output, line);
        }
        const { reads, writes } = await traffic();
        assert.deepEqual(writes, []);
        report("npx fluxcd doctor, one stack", seconds, `GitHub: ${reads} reads`);
    });

    it("shows all that is missing at once, each with its fix", async () => {
        const { code, checks } = await doctor({
            GITHUB_TOKEN: undefined,
            PULUMI_CONFIG_PASSPHRASE: undefined,
            KUBECONFIG: kubeconfigWithout("dev"),
            PATH: pathWithout("kubectl", { name: "node", version: "v18.20.0" }),
        });
        assert.equal(code, 1);
        const says = (state: string, about: string, ...words: string[]) => {
            assertSays(checks, { about, state }, ...words);
        };
        says("failed", "Node.js", "18.20.0 is too old: expected >=22.21", "https://nodejs.org");
        says("warning", "kubectl", "kubectl is not on the PATH", "https://kubernetes.io/docs/tasks/tools/");
        says("ok", "git");
        says("failed", "PULUMI_CONFIG_PASSPHRASE", "is not set", "export PULUMI_CONFIG_PASSPHRASE_FILE");
        says("failed", "GITHUB_TOKEN", "is missing", "export GITHUB_TOKEN=$(gh auth token --hostname 127.0.0.1)");
        says("failed", "fluxcd:context", "it has staging, production", "pulumi config set --stack dev fluxcd:context");
    });

    describe("once the repositories are there", () => {
        before(async () => {
            await mustPulumi("up -y", "dev", await devFile());
        });

        it("says what a token lacks, and that it ends soon", async () => {
            const permissions = { contents: "read" };
            const GITHUB_TOKEN = await token({ kind: "fine-grained", permissions }, 3);
            const { code, checks } = await doctor({ GITHUB_TOKEN });
            assert.equal(code, 1);
            assertSays(checks, { about: "GITHUB_TOKEN", state: "warning" }, "in 2 days", "settings/tokens");
            assertSays(
                checks,
                { about: "GITHUB_TOKEN", state: "failed" },
                "lacks a permission",
                "Administration: read and",
            );
        });

        it("says which scope is missing, and that the cluster does not answer", async () => {
            const GITHUB_TOKEN = await token({ kind: "classic", scopes: ["repo"] }, 90);
            const { code, checks } = await doctor({ GITHUB_TOKEN, KUBECONFIG: kubeconfigAtPort("dev", 1) });
            assert.equal(code, 1);
            const scope = "gh auth refresh --hostname 127.0.0.1 --scopes workflow && export GITHUB_TOKEN";
            assertSays(checks, { about: "GITHUB_TOKEN", state: "failed" }, "it needs workflow too", scope);
            const look = "kubectl --context dev get namespace kube-system";
            assertSays(checks, { about: "fluxcd:context", state: "failed" }, "did not answer", look);
            for (const about of ["rights in the cluster", "Flux in the cluster"]) {
                assertSays(checks, { about, state: "skipped" }, "the cluster must answer first");
            }
        });

        it("says that a token is expired, and that a passphrase opens nothing", async () => {
            const GITHUB_TOKEN = await token({ kind: "classic", scopes: ["repo", "workflow"] }, -1);
            const { code, checks } = await doctor({ GITHUB_TOKEN, PULUMI_CONFIG_PASSPHRASE: "another" });
            assert.equal(code, 1);
            assertSays(
                checks,
                { about: "GITHUB_TOKEN", state: "failed" },
                "expired, revoked or wrong",
                "export GITHUB",
            );
            assertSays(
                checks,
                { about: "PULUMI_CONFIG_PASSPHRASE", state: "failed" },
                "does not open",
                "export PULUMI",
            );
        });
    });
});
