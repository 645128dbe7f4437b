import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { githubProvider, kubernetesProvider } from "../../components/providers";
import { documents, blocks } from "../support/documents";
import { startEngine } from "../support/engine";
import { settled } from "../support/program";

const settings = {
    context: "dev",
    github: {
        owner: "misua",
        baseUrl: "https://api.github.com/",
        writeDelayMs: 1000,
        readDelayMs: 0,
        parallelRequests: false,
        maxRetries: 3,
    },
};

/** The variables that an SDK of this version copies into its provider's inputs. */
function variablesOf(sdk: string): string[] {
    const code = readFileSync(`node_modules/@pulumi/${sdk}/provider.js`, "utf8");
    return [...code.matchAll(/getEnv\w*\(([^)]*)\)/g)].flatMap(([, names = ""]) =>
        [...names.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name),
    );
}

const known = { kubernetes: "PULUMI_K8S_DELETE_UNREACHABLE", github: "GITHUB_TOKEN" };
const variables = Object.keys(known).flatMap(variablesOf);

async function inputsOf(sdk: string): Promise<Record<string, unknown>> {
    const engine = await startEngine("dev");
    kubernetesProvider(settings);
    githubProvider(settings);
    await settled();
    return engine.one(`pulumi:providers:${sdk}`, sdk).inputs;
}

describe("The program's providers", () => {
    const before = new Map(variables.map((name) => [name, process.env[name]]));

    const restore = () => {
        for (const [name, value] of before) {
            if (value === undefined) {
                // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a variable has no other way to be unset
                delete process.env[name];
            } else {
                process.env[name] = value;
            }
        }
    };
    afterEach(restore);

    for (const [sdk, variable] of Object.entries(known)) {
        it(`copy no environment variable into the state: ${sdk}`, async () => {
            assert.ok(variablesOf(sdk).includes(variable), `${sdk}: ${variablesOf(sdk).join(", ")}`);
            for (const name of variables) {
                process.env[name] = "";
            }
            const without = await inputsOf(sdk);
            for (const value of ["true", "false", "/of/this/machine"]) {
                for (const name of variables) {
                    process.env[name] = value;
                }
                assert.deepEqual(await inputsOf(sdk), without);
            }
        });
    }

    it("have exactly the inputs that the program sets", async () => {
        const { version: _, ...inputs } = await inputsOf("kubernetes");
        assert.deepEqual(inputs, {
            context: "dev",
            enableServerSideApply: "true",
            enablePatchForce: "true",
            enableSecretMutable: "true",
            upsertExistingObjects: "true",
        });
        const { owner, token, baseUrl, writeDelayMs } = await inputsOf("github");
        assert.deepEqual(
            { owner, token, baseUrl, writeDelayMs },
            {
                owner: "misua",
                token: undefined,
                baseUrl: "https://api.github.com/",
                writeDelayMs: "1000",
            },
        );
    });

    it("have their environment variables set for one command only in documents, and never exported", () => {
        const shells = documents.flatMap((file) => blocks(file).map(({ text }) => ({ file, text })));
        const exported = shells.filter(({ text }) => text.includes("export PULUMI_K8S"));
        assert.deepEqual(exported, []);
        assert.ok(
            shells.some(({ text }) =>
                /^KUBECONFIG=\/dev\/null PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy/m.test(text),
            ),
        );
    });
});
