import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Context, get } from "./support/cluster";
import { api, standIn } from "./support/github";
import { labEnvironment, variable } from "./support/lab";
import { atStart } from "./support/hooks";
import { changedFiles, run, succeed, tail, transcript } from "./support/run";
import { madeSecrets } from "./support/secrets";
import type { SourceOutput } from "../../domain/outputs";
import { configFile, outputs, pulumi } from "./support/stack";

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
        return [
            ...seedForms(pem),
            encoded,
            ...pem.split("\n").filter((line) => line !== "" && !line.startsWith("-----")),
        ];
    });
}

interface Exported {
    deployment: { resources: { urn: string; id?: string; type: string; outputs?: Record<string, unknown> }[] };
}

async function exported(stack: string, ...args: string[]): Promise<string> {
    const options = { env: labEnvironment(), secret: true };
    return (await succeed("pulumi", ["stack", "export", "-s", stack, ...args], options)).stdout;
}

/** Every secret that the random provider has drawn for a stack, whatever resource it is of. */
async function drawn(stack: string): Promise<string[]> {
    const { deployment } = JSON.parse(await exported(stack, "--show-secrets")) as Exported;
    const random = deployment.resources.filter(({ type }) => type.startsWith("random:index/"));
    return random.flatMap(({ outputs = {} }) => Object.values(outputs).flatMap(plain));
}

/** With --show-secrets a secret is an envelope with the value as JSON. What is short gives nothing away. */
function plain(value: unknown): string[] {
    const { plaintext } = (value ?? {}) as { plaintext?: string };
    const text: unknown = plaintext === undefined ? value : JSON.parse(plaintext);
    return typeof text === "string" && text.length >= 32 && !text.startsWith("{") ? [text] : [];
}

/** The 32 bytes that a private key is made of, as they might be written. */
function seedForms(pem: string): string[] {
    const der = createPrivateKey(pem).export({ format: "der", type: "pkcs8" });
    return (["base64", "base64url", "hex"] as const).map((form) => der.subarray(-32).toString(form));
}

/** The stack file of a stack as it stands, which some specs have changed, with other values of some keys. */
async function standingFile(stack: Context, set: Record<string, unknown>): Promise<string> {
    const found = await outputs(stack);
    const standing = ({ branch, tag }: SourceOutput) => ({ branch, tag });
    const { infrastructure, apps } = found.sources;
    const sources = {
        "fluxcd:sources.infrastructure": standing(infrastructure),
        "fluxcd:sources.apps": standing(apps),
    };
    return configFile(stack, set, sources);
}

describe("secrets", () => {
    let stacks: readonly Context[] = [];
    let secrets: [string, string][] = [];

    before(async () => {
        stacks = await stacksWithResources();
        assert.ok(stacks.includes("dev"));
        const keys = (await Promise.all(stacks.map(privateKeys))).flat();
        const made = (await Promise.all(stacks.map(drawn))).flat();
        // Two repositories in each environment; of each a drawn secret and its bcrypt hash, and a key in several forms.
        assert.ok(keys.length >= 10 * stacks.length);
        assert.ok(made.length >= 4 * stacks.length);
        secrets = [
            ["the token", variable("GITHUB_TOKEN")],
            ["the passphrase", variable("PULUMI_CONFIG_PASSPHRASE")],
            ...madeSecrets,
            ...keys.map((key): [string, string] => ["a private key", key]),
            ...made.map((seed): [string, string] => ["a drawn secret", seed]),
        ];
        // What is short is found everywhere, or nowhere.
        assert.deepEqual(
            secrets.filter(([, secret]) => secret.length < 16).map(([what]) => what),
            [],
        );
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
            assert.match(text, /RandomPassword/);
            assertHidden(`the export of ${stack}`, text);
        }
    });

    it("are no resource's ID or name, nor a part of one", async () => {
        for (const stack of stacks) {
            const { deployment } = JSON.parse(await exported(stack)) as Exported;
            const names = deployment.resources.flatMap(({ urn, id = "" }) => [urn, id]);
            const parts = names.flatMap((name) => name.split(/[:/]/)).filter((part) => part.length >= 16);
            const given = secrets.filter(([, secret]) => parts.some((part) => secret.includes(part)));
            assert.deepEqual([...new Set(given.map(([what]) => what))], [], stack);
            assertHidden(`the names and IDs of ${stack}`, names.join("\n"));
        }
    });

    it("are not in the preview of their own rotation, with --diff and --show-full-output", async () => {
        for (const stack of stacks) {
            const set = {
                "fluxcd:identity": { kind: "deployKey", generation: 99 },
                "fluxcd:webhook.generation": 99,
            };
            const args = ["--diff", "--show-full-output", "--config-file", await standingFile(stack, set)];
            const { output } = await pulumi("preview", stack, args);
            assert.match(output, /RandomPassword: \(replace\)/, tail(output));
            assertHidden(`the preview of ${stack}`, output);
        }
    });

    it("are in no comment and no issue that 43-ci has had written on GitHub, if it has run", async function () {
        const home = "/repos/misua/fluxcd-ci";
        const isThere = await api(home).then(
            () => true,
            () => false,
        );
        if (!isThere) {
            this.skip();
        }
        const texts = [
            JSON.stringify(await api(`${home}/issues?labels=drift&state=all`)),
            JSON.stringify(await api(`${home}/issues/1/comments`)),
        ];
        assert.match(texts.join(), /fluxcd|preview|drift/i);
        assertHidden("GitHub", texts.join("\n"));
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
            "domain",
            "config",
            "clients",
            "manifest",
            "explain",
            "promotion",
            "checks",
            "components",
            "uninstall",
            "cli",
        ];
        const { code, output } = await run("git", ["grep", "-nE", pattern, "--", ...files]);
        // git grep ends with 1 when it found nothing.
        assert.equal(code, 1, output);
    });

    it("the checkout is as clean as before", async () => {
        assert.equal(await changedFiles(), atStart.changedFiles);
    });
});
