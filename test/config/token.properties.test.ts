import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";

import { RunError } from "@pulumi/pulumi/errors";
import fc from "fast-check";

import { githubLines } from "../../cli/doctor/github";
import { wordsOf } from "../../cli/terminal/exit";
import { projectOf } from "../../cli/ci/github";
import { readStack } from "../../cli/release/stack";
import { tokenHere } from "../../cli/tools/token";
import { identitySecret, readConfig, readSecrets } from "../../config";
import { environmentProblem, githubToken, tokenProblem } from "../../config/token";
import { octokitOf } from "../../clients/octokit";
import { explain, messageOf } from "../../domain/problem";
import { startEngine } from "../support/engine";
import { value } from "../support/program";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";

const part = fc.string({
    unit: fc.mapToConstant({ num: 24, build: (at) => String.fromCharCode(65 + at) }),
    minLength: 8,
    maxLength: 40,
});
const broken = fc.constantFrom("\n", "\r\n", " ", "\t", "\u0001", "\u007f", "\u2028", "é", "“", "\n# a comment\n");
/** Two halves of a token with what no token has between them. */
const malformed = fc.tuple(part, broken, part).map(([first, between, second]) => `ghp_${first}${between}${second}`);

/** No six characters of a token that stand together in it are in what is said. */
function assertHidden(said: string, token: string): void {
    for (let at = 0; at + 6 <= token.length; at += 1) {
        const seen = token.slice(at, at + 6);
        assert.ok(!said.includes(seen), `"${seen}" of the token is shown:\n${said}`);
    }
}

async function saidBy(attempt: () => unknown): Promise<string> {
    try {
        return `went on: ${JSON.stringify(await attempt())}`;
    } catch (error) {
        return error instanceof RunError ? error.message : `${wordsOf(error)}\n${messageOf(error)}`;
    }
}

describe("A token", () => {
    const { GITHUB_TOKEN: before } = process.env;

    beforeEach(() => startEngine("dev"));

    afterEach(() => {
        process.env.GITHUB_TOKEN = before;
    });

    const configOf = (overrides: Record<string, unknown> = {}, secrets: Record<string, string> = {}) => {
        useStackFile("Pulumi.dev.yaml", overrides, secrets);
        return readConfig();
    };

    it("with a foreign character such as a line break is refused by every reader, and not shown", async () => {
        const asToken = { "fluxcd:identity": { kind: "token" } };
        const asStatus = { "fluxcd:commitStatus": "token" };
        await fc.assert(
            fc.asyncProperty(malformed, async (token) => {
                process.env.GITHUB_TOKEN = "token-of-the-test";
                const config = configOf();
                const set = (key: string) => configOf(key === "fluxcd:gitToken" ? asToken : asStatus, { [key]: token });
                const inProgram = [
                    await saidBy(() => set("fluxcd:gitToken")),
                    await saidBy(() => set("fluxcd:commitStatusToken")),
                ];
                process.env.GITHUB_TOKEN = token;
                const env = { GITHUB_REPOSITORY: "misua/fluxcd", GH_TOKEN: token };
                const checks = await githubLines(config, token);
                const said = [
                    ...inProgram,
                    await saidBy(() => configOf()),
                    await saidBy(() => tokenHere()),
                    await saidBy(() => projectOf(env)),
                    await saidBy(() => readStack("dev")),
                    await saidBy(() => octokitOf("https://api.github.com/", token)),
                    explain([tokenProblem("GITHUB_TOKEN", token, "fix") ?? assert.fail()]),
                ];
                const went = said.filter((it) => it.startsWith("went on"));
                assert.deepEqual(went, []);
                assert.deepEqual(
                    checks.map(({ about, state }) => `${state} ${about}`),
                    ["failed GITHUB_TOKEN", "skipped owner misua"],
                );
                // Whoever is handed one by another way, such as a kubeconfig.
                said.push(
                    await saidBy(() => {
                        new Headers().append("authorization", `token ${token}`);
                    }),
                );
                assertHidden([...said, JSON.stringify(checks)].join("\n"), token);
            }),
            { numRuns: 30 },
        );
    });

    it("is refused with its key and the fix", () => {
        process.env.GITHUB_TOKEN = "ghp_AAAA\nghp_BBBB";
        assert.throws(() => configOf(), refusal("GITHUB_TOKEN", "has a line break or a space in it"));
        process.env.GITHUB_TOKEN = "token-of-the-test";
        const set = { "fluxcd:gitToken": "ghp_AAAA ghp_BBBB" };
        assert.throws(
            () => configOf({ "fluxcd:identity": { kind: "token" } }, set),
            refusal("fluxcd:gitToken", "a space in it"),
        );
    });

    it("in GITHUB_TOKEN is refused by the program if white space surrounds it", () => {
        process.env.GITHUB_TOKEN = "ghp_AAAA\n";
        assert.throws(() => configOf(), refusal("GITHUB_TOKEN", "has white space around it"));
        assert.equal(environmentProblem({ GITHUB_TOKEN: "ghp_AAAA" }), undefined);
    });

    it("is trimmed by the commands and in the settings", async () => {
        const env = { GITHUB_REPOSITORY: "misua/fluxcd", GH_TOKEN: " ", GITHUB_TOKEN: "ghp_AAAA\r\n" };
        assert.equal(githubToken(env), "ghp_AAAA");
        assert.equal(tokenHere(env, ["GH_TOKEN", "GITHUB_TOKEN"]), "ghp_AAAA");
        const { octokit } = projectOf(env);
        assert.deepEqual(await octokit.auth(), { type: "token", token: "ghp_AAAA", tokenType: "oauth" });
        const settings = { "fluxcd:identity": { kind: "token" }, "fluxcd:commitStatus": "token" };
        const secrets = { "fluxcd:gitToken": "ghp_BBBB\n", "fluxcd:commitStatusToken": "ghp_CCCC\n" };
        const config = configOf(settings, secrets);
        assert.equal(identitySecret(config), "ghp_BBBB");
        const { commitStatusToken } = await value(readSecrets(config).notifications);
        assert.equal(commitStatusToken, "ghp_CCCC");
    });

    it("is read from the environment in only one place", () => {
        const files = globSync([
            "*.ts",
            "{checks,cli,clients,components,config,domain,explain,manifest,promotion,uninstall}/**/*.ts",
        ]);
        const others = files.filter((file) => /env\.(GITHUB|GH)_TOKEN/.test(readFileSync(file, "utf8")));
        // The doctor judges the variable itself.
        assert.deepEqual(others, ["cli/doctor/run.ts"]);
    });
});
