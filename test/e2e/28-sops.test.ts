import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { commands } from "../support/documents";
import { applied, assertApplied, exists, get, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { Clone, gitEnvironment } from "./support/git";
import { labEnvironment, tool, variable } from "./support/lab";
import { Project } from "./support/project";
import { assertSays } from "./support/promotion";
import { type Result, run, tail, transcript, waitFor } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

const directory = "apps/overlays/dev/podinfo";
const file = `${directory}/secret.yaml`;
const passwords = ["correct-horse", "battery-staple"];

const secret = (password: string) => `apiVersion: v1
kind: Secret
metadata:
  name: podinfo
  namespace: podinfo
stringData:
  password: ${password}
`;

/** The one command of docs/secrets.md that has these words, for dev. */
function documented(words: string): string {
    const found = commands("docs/secrets.md").filter((command) => command.includes(words));
    assert.equal(new Set(found).size, 1, `${words}:\n${found.join("\n")}`);
    return (found[0] ?? "").replaceAll("-s production", "-s dev").replaceAll("overlays/production", "overlays/dev");
}

describe("secrets by SOPS", () => {
    let project: Project;
    let clone: Clone;
    let path: string;
    const identities: string[] = [];
    const kept: string[] = [];

    /** A command in a directory, with the tools that the documentation asks for. */
    async function shell(command: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Result> {
        const options = { cwd, env: { ...gitEnvironment(), PATH: path, ...env } };
        return run("bash", ["-c", `set -o pipefail; ${command}`], options);
    }

    async function succeeds(command: string, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
        const { code, output } = await shell(command, cwd, env);
        assert.equal(code, 0, `${command} failed:\n${tail(output)}`);
        return output;
    }

    const up = () => succeeds("pulumi up -s dev --yes --non-interactive --skip-preview", project.directory);

    /** What a person takes into the shell: kept out of the transcript, as it is asked for. */
    async function ageKeys(): Promise<string> {
        const options = { env: labEnvironment(), cwd: project.directory, secret: true };
        return (await run("pulumi", ["config", "get", "-s", "dev", "fluxcd:sopsAgeKey"], options)).stdout.trim();
    }

    async function remember(output: string): Promise<string> {
        const text = await ageKeys();
        kept.push(btoa(text), btoa(`${text}\n`));
        const lines = text.split("\n").filter((line) => line.startsWith("AGE-SECRET-KEY-1"));
        identities.push(...lines.filter((line) => !identities.includes(line)));
        return /Public key: (age1\S+)/.exec(output)?.[1] ?? assert.fail(output);
    }

    function creationRules(recipient: string): string {
        return `creation_rules:\n  - path_regex: ^apps/overlays/dev/\n    encrypted_regex: ^(data|stringData)$\n    age: ${recipient}\n`;
    }

    async function runs(commit: string, password: string): Promise<void> {
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("dev runs the commit", 60, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        const { data } = await get<{ data: { password: string } }>("dev", "-n", "podinfo", "secret", "podinfo");
        assert.equal(Buffer.from(data.password, "base64").toString(), password);
    }

    async function keysInCluster(): Promise<string[]> {
        const { items } = await get<{ items: { metadata: { name: string } }[] }>("dev", "-n", "flux-system", "secrets");
        return items.map(({ metadata }) => metadata.name).filter((name) => name.includes("decryption"));
    }

    before(async () => {
        const [, committed = ""] = await devFile({ "fluxcd:kustomizations.apps.timeout": "20s" });
        await mustPulumi("up -y --skip-preview", "dev", ["--config-file", committed]);
        const tools = await Promise.all([tool("sops"), tool("age-keygen")]);
        // After the lab's own: beside these tools is a pulumi that knows nothing of it.
        path = [variable("PATH"), ...tools.map(dirname)].join(delimiter);
        project = await Project.make();
        project.write("Pulumi.dev.yaml", readFileSync(committed, "utf8"));
        clone = await Clone.of("fluxcd-apps");
    });
    after(async () => {
        clone.remove(file);
        clone.remove(".sops.yaml");
        clone.edit(`${directory}/kustomization.yaml`, (text) => text.replace("  - secret.yaml\n", ""));
        const commit = await clone.push("Take the password away again");
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("dev runs the commit", 60, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        assert.equal(await exists("dev", "-n", "podinfo", "secret", "podinfo"), false);
        assert.deepEqual(await keysInCluster(), []);
    });

    it("are refused without the key, with the command that makes it", async () => {
        await succeeds(documented("'fluxcd:kustomizations.apps.decryption' age"), project.directory);
        const result = await shell("pulumi preview -s dev --non-interactive", project.directory);
        assert.notEqual(result.code, 0, tail(result.output));
        assertSays(result, ["fluxcd:sopsAgeKey", "age-keygen | pulumi config set", "Nothing was touched"]);
    });

    it("are decrypted in the cluster, after the documented first use", async () => {
        const recipient = await remember(await succeeds(documented("age-keygen | pulumi"), project.directory));
        await up();
        clone.write(".sops.yaml", creationRules(recipient));
        clone.write(file, secret(passwords[0] ?? ""));
        clone.edit(`${directory}/kustomization.yaml`, (text) =>
            text.replace("  - ../../../base/podinfo\n", "  - ../../../base/podinfo\n  - secret.yaml\n"),
        );
        const check = `bash scripts/plain-secrets.sh ${file} < ${file}`;
        const plain = await shell(check, clone.directory);
        assert.equal(plain.code, 1);
        assert.match(plain.output, /secret\.yaml: Secret podinfo\/podinfo has "password" in plain text\./);
        await succeeds(documented("sops encrypt"), clone.directory);
        await succeeds(check, clone.directory);
        assert.doesNotMatch(readFileSync(join(clone.directory, file), "utf8"), /correct-horse/);
        await runs(await clone.push("Give podinfo its password"), passwords[0] ?? "");
    });

    it("change nothing a second time", async () => {
        await succeeds("pulumi up -s dev --yes --non-interactive --expect-no-changes --diff", project.directory);
    });

    it("are decrypted with the old key and the new one, while they are rotated", async () => {
        const SOPS_AGE_KEY = await ageKeys();
        const before = await keysInCluster();
        const recipient = await remember(
            await succeeds(documented("age-keygen | cat -"), project.directory, { SOPS_AGE_KEY }),
        );
        assert.equal(identities.length, 2);
        await up();
        const after = await keysInCluster();
        assert.deepEqual([before.length, after.length], [1, 1]);
        assert.notDeepEqual(after, before);

        clone.write(".sops.yaml", creationRules(recipient));
        await succeeds(documented("sops updatekeys"), clone.directory, { SOPS_AGE_KEY });
        await runs(await clone.push("Encrypt for the new key"), passwords[0] ?? "");

        await succeeds(documented("head -3"), project.directory);
        assert.deepEqual(
            (await ageKeys()).split("\n").filter((line) => !line.startsWith("#")),
            [identities[1]],
        );
        await up();
        clone.write(file, secret(passwords[1] ?? ""));
        await succeeds(documented("sops encrypt"), clone.directory);
        await runs(await clone.push("Another password"), passwords[1] ?? "");
    });

    it("that are for another key are not applied, which the update says in Flux's words", async () => {
        const { revision } = await applied("dev", "apps");
        await remember(await succeeds(documented("age-keygen | pulumi"), project.directory));
        const result = await shell("pulumi up -s dev --yes --non-interactive --skip-preview", project.directory);
        assert.notEqual(result.code, 0, tail(result.output));
        assertSays(result, [
            "Flux says of Kustomization flux-system/apps",
            "decryption failed for 'Secret.v1.[noGrp]/podinfo'",
        ]);
        assert.equal((await applied("dev", "apps")).revision, revision);
    });

    it("are in nothing that was printed, previewed or stored", async () => {
        const { stdout } = await pulumi("stack export", "dev");
        const stored = readdirSync(fileURLToPath(variable("PULUMI_BACKEND_URL")), {
            recursive: true,
            withFileTypes: true,
        })
            .filter((entry) => entry.isFile())
            .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"));
        assert.equal(identities.length, 3);
        assert.match(stdout, /decryption/);
        for (const text of [transcript.join("\n"), stdout, project.read("Pulumi.dev.yaml"), ...stored]) {
            for (const hidden of [...identities, ...kept, ...passwords, ...passwords.map(btoa)]) {
                assert.ok(!text.includes(hidden), "a secret is where it can be read");
            }
        }
    });
});
