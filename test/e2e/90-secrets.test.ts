import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Context, get } from "./support/cluster";
import { standIn } from "./support/github";
import { labEnvironment, variable } from "./support/lab";
import { atStart } from "./support/hooks";
import { changedFiles, run, succeed, transcript } from "./support/run";
import { madeSecrets } from "./support/secrets";

/** The stacks that are up. */
async function stacksWithResources(): Promise<Context[]> {
    const { stdout } = await succeed("pulumi", ["stack", "ls", "--json"], { env: labEnvironment() });
    const stacks = JSON.parse(stdout) as { readonly name: Context; readonly resourceCount: number }[];
    return stacks.filter(({ resourceCount }) => resourceCount > 0).map(({ name }) => name);
}

/** The private keys in a cluster, as the lines of base64 that would give them away. */
async function privateKeys(context: Context): Promise<string[]> {
    const { items } = await get<{ items: { data?: Record<string, string> }[] }>(
        context,
        "-n",
        "flux-system",
        "secrets",
    );
    const identities = items.flatMap(({ data }) => (data?.identity === undefined ? [] : [data.identity]));
    return identities.flatMap((encoded) => {
        const pem = Buffer.from(encoded, "base64").toString();
        return [encoded, ...pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----"))];
    });
}

interface Exported {
    deployment: { resources: { type: string; outputs?: Record<string, unknown> }[] };
}

async function exported(stack: string, ...args: string[]): Promise<string> {
    const options = { env: labEnvironment(), secret: true };
    return (await succeed("pulumi", ["stack", "export", "-s", stack, ...args], options)).stdout;
}

async function seeds(stack: string): Promise<string[]> {
    const { deployment } = JSON.parse(await exported(stack, "--show-secrets")) as Exported;
    const random = deployment.resources.filter(({ type }) => type === "random:index/randomBytes:RandomBytes");
    return random.flatMap(({ outputs }) => [outputs?.base64, outputs?.hex].map(plain));
}

/** With --show-secrets a secret is an envelope with the value as JSON. */
function plain(value: unknown): string {
    const text = typeof value === "string" ? value : (JSON.parse((value as { plaintext: string }).plaintext) as string);
    assert.ok(text.length >= 40, "a seed is 32 bytes");
    return text;
}

describe("secrets", () => {
    let stacks: readonly Context[] = [];
    let secrets: [string, string][] = [];

    before(async () => {
        stacks = await stacksWithResources();
        assert.ok(stacks.includes("dev"));
        const keys = (await Promise.all(stacks.map(privateKeys))).flat();
        const made = (await Promise.all(stacks.map(seeds))).flat();
        // Two repositories in each environment, and each key and seed in two forms.
        assert.ok(keys.length >= 4 * stacks.length);
        assert.ok(made.length >= 4 * stacks.length);
        secrets = [
            ["the token", variable("GITHUB_TOKEN")],
            ["the passphrase", variable("PULUMI_CONFIG_PASSPHRASE")],
            ...madeSecrets,
            ...keys.map((key): [string, string] => ["a private key", key]),
            ...made.map((seed): [string, string] => ["a seed", seed]),
        ];
    });

    function assertHidden(where: string, text: string): void {
        const found = secrets.filter(([, secret]) => text.includes(secret)).map(([what]) => what);
        assert.deepEqual([...new Set(found)], [], `${where} holds a secret`);
    }

    it("are not in what pulumi, git and the lab printed", () => {
        assert.ok(transcript.length > 0);
        assertHidden("the output", transcript.join("\n"));
    });

    it("are not in the exported state of any stack", async () => {
        for (const stack of stacks) {
            const text = await exported(stack);
            assert.match(text, /RandomBytes/);
            assertHidden(`the export of ${stack}`, text);
        }
    });

    it("are not in the state on disk", () => {
        const directory = fileURLToPath(variable("PULUMI_BACKEND_URL"));
        const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
            entry.isFile(),
        );
        assert.ok(files.some(({ name }) => name === "dev.json"));
        for (const { parentPath, name } of files) {
            assertHidden(name, readFileSync(join(parentPath, name), "latin1"));
        }
    });
});

describe("after all of it", () => {
    it("the GitHub stand-in has found no request it could not answer, and none against GitHub's description", async () => {
        assert.deepEqual(await standIn.errors(), []);
    });

    it("the program knows nothing of the lab", async () => {
        const pattern = String.raw`_lab\b|\bLAB_|/lab/`;
        const files = [
            "index.ts",
            "config.ts",
            "preflight.ts",
            "refusal.ts",
            "config",
            "preflight",
            "promotion",
            "components",
        ];
        const { code, output } = await run("git", ["grep", "-nE", pattern, "--", ...files]);
        // git grep ends with 1 when it found nothing.
        assert.equal(code, 1, output);
    });

    it("the checkout is as clean as before", async () => {
        assert.equal(await changedFiles(), atStart.changedFiles);
    });
});
