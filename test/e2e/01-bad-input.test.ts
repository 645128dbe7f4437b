import assert from "node:assert/strict";

import { contents, type Context } from "./support/cluster";
import { assertNoWrites, standIn } from "./support/github";
import { tail } from "./support/run";
import { configFile, pulumi } from "./support/stack";

interface BadInput {
    readonly what: string;
    readonly stack: Context;
    readonly changes?: Record<string, unknown>;
    readonly env?: NodeJS.ProcessEnv;
    readonly fault?: object;
    /** What the output must say: the key, and why. */
    readonly says: readonly string[];
    /** What it must not say. */
    readonly hides?: readonly string[];
}

const release = { match: { via: "release" } };

const badInputs: readonly BadInput[] = [
    {
        what: "an unknown key",
        stack: "dev",
        changes: { "fluxcd:aps": { branch: "main" } },
        says: ["fluxcd:aps", "there is no such key"],
    },
    {
        what: "a tag of another environment's family",
        stack: "production",
        changes: { "fluxcd:sources.apps.tag": "staging-v1.2.3" },
        says: ['fluxcd:sources.apps.tag is "staging-v1.2.3"', "expected prod-vX.Y.Z"],
    },
    {
        what: "a tag of another form",
        stack: "production",
        changes: {
            "fluxcd:sources.apps.tag": "prod-v01.2.3",
            "fluxcd:sources.infrastructure.tag": "refs/tags/prod-v1.2.3",
        },
        says: [
            'fluxcd:sources.apps.tag is "prod-v01.2.3"',
            'fluxcd:sources.infrastructure.tag is "refs/tags/prod-v1.2.3"',
        ],
    },
    {
        what: "a branch and a tag",
        stack: "staging",
        changes: { "fluxcd:sources.apps": { branch: "main", tag: "staging-v1.0.0" } },
        says: ["fluxcd:sources.apps is", "expected one of branch and tag, not both"],
    },
    {
        what: "no token",
        stack: "dev",
        env: { GITHUB_TOKEN: "" },
        says: ["GITHUB_TOKEN", "is missing"],
    },
    {
        what: "a token of two lines",
        stack: "dev",
        env: { GITHUB_TOKEN: "ghp_AAAAAAAA\nghp_BBBBBBBB" },
        says: ["GITHUB_TOKEN", "has a line break or a space in it"],
        hides: ["ghp_AAAA", "ghp_BBBB"],
    },
    {
        what: "a token with a line break behind it, which the GitHub provider does not take",
        stack: "dev",
        env: { GITHUB_TOKEN: "ghp_AAAAAAAA\n" },
        says: ["GITHUB_TOKEN", "has white space around it"],
        hides: ["ghp_AAAA"],
    },
    {
        what: "an expired token",
        stack: "dev",
        fault: { expireToken: true },
        says: ["GITHUB_TOKEN", "GitHub refuses the token"],
    },
    {
        what: "a context that the kubeconfig does not have",
        stack: "dev",
        changes: { "fluxcd:context": "nowhere" },
        says: ['fluxcd:context is "nowhere"', "the kubeconfig has no such context"],
    },
    {
        what: "staging before the repositories exist",
        stack: "staging",
        says: ["fluxcd:repositories", "misua/fluxcd-apps does not exist", "pulumi up --stack dev"],
    },
    {
        what: "an organization without deploy keys",
        stack: "dev",
        changes: { "github:owner": "keyless" },
        says: ['github:owner is "keyless"', "deploy keys disabled"],
    },
    {
        what: "a manifest that is not there",
        stack: "dev",
        fault: { ...release, status: 404 },
        says: ["fluxcd:flux.manifest", "the server answered 404"],
    },
    {
        what: "a manifest whose download ends in the middle",
        stack: "dev",
        fault: { ...release, truncateBytes: 1000 },
        says: ["fluxcd:flux.manifest", "could not be downloaded or read"],
    },
    {
        what: "a manifest that is only its first half",
        stack: "dev",
        fault: { ...release, status: 200, body: "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: flux-system\n" },
        says: ["fluxcd:flux.manifest", "it is incomplete"],
    },
    {
        what: "a manifest with another checksum",
        stack: "dev",
        changes: { "fluxcd:flux.manifestSha256": "0".repeat(64) },
        says: ["fluxcd:flux.manifestSha256", "it is another file than the one you checked"],
    },
];

describe("bad input is refused, and nothing is touched", () => {
    const untouched = new Map<Context, string[]>();

    before(async () => {
        await standIn.addOwner({ login: "keyless", type: "Organization", deployKeysEnabled: false });
    });
    afterEach(standIn.heal);

    for (const { what, stack, changes, env, fault, says, hides = [] } of badInputs) {
        it(what, async () => {
            untouched.set(stack, untouched.get(stack) ?? (await contents(stack)));
            await standIn.forget();
            if (fault) {
                await standIn.fault(fault);
            }
            // Without the preview in front: what refuses here is the update itself.
            const args = ["--skip-preview", ...(changes ? ["--config-file", configFile(stack, changes)] : [])];
            const { code, output } = await pulumi("up -y", stack, args, env && { env });
            assert.notEqual(code, 0, tail(output));
            await standIn.assertStruck();
            for (const words of [...says, "Nothing was touched"]) {
                assert.ok(output.includes(words), `"${words}" is not in the output:\n${tail(output)}`);
            }
            assert.deepEqual(
                hides.filter((words) => output.includes(words)),
                [],
            );
            await assertNoWrites();
            assert.deepEqual(await contents(stack), untouched.get(stack));
        });
    }
});
