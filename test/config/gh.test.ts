import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { missingPermission } from "../../cli/release/permission";
import { projectOf } from "../../cli/ci/github";
import { wordsOf } from "../../cli/terminal/exit";
import { tokenHere } from "../../cli/tools/token";
import { firstToken, hostOf, otherToken, widerToken } from "../../config/gh";
import { environmentProblem, githubToken, missingToken } from "../../config/token";
import { kindOfToken, renewToken, usedToken } from "../../config/tokenKinds";
import { scratchFolder } from "../support/scratch";

/**
 * Stands for `gh`, which is not on this machine: which variables it prefers for which host, and that it then prints or
 * refuses, as in cli/go-gh pkg/auth/auth.go and cli/cli pkg/cmd/auth/refresh. What it has stored is in files.
 */
const gh = String.raw`#!/bin/sh
folder=$(dirname "$0")
command="$1 $2"
shift 2
host=${"${GH_HOST:-github.com}"} scopes=
while [ $# -gt 0 ]; do
    case $1 in
    --hostname) host=$2 ;;
    --scopes) scopes=$2 ;;
    *) echo "unknown flag: $1" >&2; exit 1 ;;
    esac
    shift 2
done
case $host in
*[/:]*) echo "invalid hostname" >&2; exit 1 ;;
github.com | *.ghe.com) token=${"${GH_TOKEN:-$GITHUB_TOKEN}"} ;;
*)
    token=${"${GH_ENTERPRISE_TOKEN:-$GITHUB_ENTERPRISE_TOKEN}"}
    [ "$CODESPACES" = true ] && token=${"${token:-$GITHUB_TOKEN}"} ;;
esac
stored=$folder/stored-$host
case $command in
"auth token")
    [ -z "$token" ] && [ -f "$stored" ] && token=$(cat "$stored")
    [ -n "$token" ] || { echo "no oauth token found for $host" >&2; exit 1; }
    echo "$token" ;;
"auth refresh")
    [ -f "$stored" ] || { echo "not logged in to $host" >&2; exit 1; }
    [ -z "$token" ] || { echo "first clear the value from the environment" >&2; exit 1; }
    echo "gho_with.$(echo "$scopes" | tr , -)" >"$stored" ;;
*) exit 2 ;;
esac
`;

const hosts = ["github.com", "github.example.com", "octocorp.ghe.com", "127.0.0.1"];

/** Runs a command as it is printed, in a shell with these variables, and gives the variable it sets. */
function ran(shell: string, printed: string, env: NodeJS.ProcessEnv, variable = "GITHUB_TOKEN"): string {
    const bin = scratchFolder();
    writeFileSync(join(bin, "gh"), gh);
    chmodSync(join(bin, "gh"), 0o755);
    for (const host of hosts) {
        writeFileSync(join(bin, `stored-${host}`), `gho_good.${host}\n`);
    }
    const script = `${printed}\nprintf %s "$${variable}"`;
    const { stdout, stderr } = spawnSync(shell, ["-c", script], {
        encoding: "utf8",
        // With a level, bash does not take this for a remote shell that needs its settings.
        env: { SHLVL: "2", PATH: `${bin}:/usr/bin:/bin`, ...env },
    });
    assert.equal(stderr, "");
    return stdout;
}

const shells = ["sh", "bash", "zsh"].filter((shell) => spawnSync(shell, ["-c", "true"]).status === 0);
const apis = [
    [undefined, "github.com"],
    ["https://api.github.com/", "github.com"],
    ["https://github.example.com/", "github.example.com"],
    ["https://github.example.com:8443/api/v3/repos/o/r", "github.example.com"],
    ["https://octocorp.ghe.com/", "octocorp.ghe.com"],
    ["https://api.octocorp.ghe.com/", "octocorp.ghe.com"],
    ["http://127.0.0.1:8080/", "127.0.0.1"],
] as const;
const environments: readonly NodeJS.ProcessEnv[] = [
    { GITHUB_TOKEN: "ghp_bad" },
    { GITHUB_TOKEN: "ghp_bad", GH_TOKEN: "ghp_worse" },
    { GITHUB_TOKEN: "ghp_bad", GH_ENTERPRISE_TOKEN: "ghp_worse" },
    { GITHUB_TOKEN: "ghp_bad", GITHUB_ENTERPRISE_TOKEN: "ghp_worse" },
    { GITHUB_TOKEN: "ghp_bad", GH_HOST: "another.example.com" },
    { GITHUB_TOKEN: "ghp_bad", CODESPACES: "true" },
    { GH_TOKEN: "ghp_bad" },
    {},
];

describe("A command that is printed for a token", () => {
    for (const [api, host] of apis) {
        it(`asks gh for ${host} if GitHub's API is at ${api ?? "its usual address"}`, () => {
            assert.equal(hostOf(api), host);
        });

        for (const env of environments) {
            const where = `for ${api ?? "GitHub"} with ${Object.keys(env).join(" and ") || "no variable"}`;

            it(`replaces the token, or gives it more scopes, ${where}`, () => {
                assert.equal(ran("sh", otherToken(api), env), `gho_good.${host}`);
                assert.equal(ran("sh", widerToken(["repo", "workflow"], api), env), "gho_with.repo-workflow");
            });
        }

        it(`sets the first token for ${api ?? "GitHub"}`, () => {
            assert.equal(ran("sh", missingToken(api).fix, {}), `gho_good.${host}`);
            assert.equal(ran("sh", firstToken(api, "GH_TOKEN"), {}, "GH_TOKEN"), `gho_good.${host}`);
        });
    }

    it("takes a first token from GH_TOKEN, which gh uses", () => {
        assert.equal(ran("sh", missingToken().fix, { GH_TOKEN: "ghp_used" }), "ghp_used");
    });

    for (const [bad, good] of [
        ["ghp_bad", "gho_good.github.com"],
        ["github_pat_bad", "gho_good.github.com"],
        ["0123456789abcdef0123456789abcdef01234567", "gho_good.github.com"],
        ["ghu_bad", "gho_good.github.com"],
        // The token of gh itself may be the one that was revoked.
        ["gho_bad", "gho_with.repo-workflow"],
    ] as const) {
        it(`ends the refusal of ${bad}`, () => {
            for (const shell of shells) {
                assert.equal(ran(shell, usedToken(bad), { GITHUB_TOKEN: bad }), good);
            }
        });
    }

    it("ends a missing scope, at the GitHub that was asked", () => {
        const headers = { "x-oauth-scopes": "gist", "x-accepted-oauth-scopes": "admin:repo_hook, repo" };
        const { fix } = missingPermission("Contents: write", "no", headers, "https://github.example.com/api/v3/user");
        assert.equal(ran("sh", fix, { GITHUB_TOKEN: "ghp_bad" }), "gho_with.repo");
        const other = { "x-oauth-scopes": "repo", "x-accepted-oauth-scopes": "workflow" };
        const wider = missingPermission("Contents: write", "no", other).fix;
        assert.equal(ran("sh", wider, { GITHUB_TOKEN: "ghp_bad" }), "gho_with.workflow");
    });

    for (const text of ["ghp_ab\n", "ghp_ab\r\n", " ghp_ab", "\uFEFFghp_ab", "\tghp_ab\n\n", "ghp_ab\u00A0"]) {
        it(`leaves only the token of ${JSON.stringify(text)}`, () => {
            const { expected = "", fix = "" } = environmentProblem({ GITHUB_TOKEN: text }) ?? {};
            assert.match(expected, /has white space around it/);
            for (const shell of shells) {
                const set = ran(shell, fix, { GITHUB_TOKEN: text });
                assert.equal(set, "ghp_ab");
                assert.equal(environmentProblem({ GITHUB_TOKEN: set }), undefined);
            }
        });
    }

    it("replaces the variable that is malformed, which the next command then reads", () => {
        for (const variable of ["GH_TOKEN", "GITHUB_TOKEN"]) {
            const env = { [variable]: '"ghp_in_quotes"', GITHUB_REPOSITORY: "misua/fluxcd" };
            let printed = "";
            assert.throws(
                () => projectOf(env),
                (error) => {
                    printed = /fix: (.*)/.exec(wordsOf(error))?.[1] ?? "";
                    return true;
                },
            );
            const set = ran("sh", printed, env, variable);
            assert.equal(set, "gho_good.github.com");
            assert.equal(tokenHere({ [variable]: set }, ["GH_TOKEN", "GITHUB_TOKEN"]), set);
        }
    });
});

describe("The form of a token", () => {
    for (const text of [
        '"ghp_quoted"',
        "'ghp_quoted'",
        "ghp_first\nghp_second",
        "# the token\nghp_below",
        "ghp_above\r\n# a comment",
        "Bearer ghp_token",
        "ghp_to\u200Bken",
        "<token>",
        "$GITHUB_TOKEN",
        "export GITHUB_TOKEN=ghp_token",
        "ghp_one,ghp_two",
    ]) {
        it(`is not that of ${JSON.stringify(text)}, and no part of it is shown`, () => {
            const problem = environmentProblem({ GITHUB_TOKEN: text }) ?? assert.fail();
            const said = JSON.stringify(problem);
            for (const part of text.match(/gh[a-z]_\w+/g) ?? []) {
                assert.ok(!said.includes(part), said);
            }
        });
    }

    for (const text of ["ghp_aB3", "github_pat_11A_bc", "ghs_eyJhbGciOi.J9-_x.y", "0123456789abcdef", "v1.aB+/=~"]) {
        it(`is that of ${text}`, () => {
            assert.equal(environmentProblem({ GITHUB_TOKEN: text }), undefined);
            assert.equal(githubToken({ GITHUB_TOKEN: text }), text);
        });
    }
});

/** https://docs.github.com/en/rest/deploy-keys/deploy-keys */
describe("The kind of a token", () => {
    for (const [token, name, loses, renewal] of [
        ["ghp_a", "a classic token", true, "/settings/tokens"],
        ["0123456789abcdef0123456789abcdef01234567", "a classic token", true, "/settings/tokens"],
        ["github_pat_a", "a fine-grained token", true, "/settings/personal-access-tokens"],
        ["gho_a", "an OAuth token", true, "gh auth refresh"],
        ["ghu_a", "a user's token of a GitHub App", false, "with the App"],
        ["ghs_a", "a token of a GitHub App's installation", false, "docs/ci.md"],
    ] as const) {
        it(`says of ${token} whether the deploy keys that it made can go with it, and how to renew it`, () => {
            const kind = kindOfToken(token);
            assert.ok(kind.name.startsWith(name));
            assert.equal(kind.losesKeys, loses);
            assert.match(kind.keys, loses ? /delet/ : /stay/);
            assert.ok(renewToken(token, "https://github.example.com/").includes(renewal));
        });
    }
});
