import assert from "node:assert/strict";

import { contents, kubectl } from "./support/cluster";
import { assertNoWrites, standIn } from "./support/github";
import { kubeconfigWithToken } from "./support/kubeconfig";
import { tail } from "./support/run";
import { devFile } from "./support/dev";
import { pulumi } from "./support/stack";

const account = "no-administrator";

/** The kubeconfig of somebody who is known to the cluster as this account alone. */
async function kubeconfig(): Promise<string> {
    const { stdout } = await kubectl("dev", "create", "token", account);
    return kubeconfigWithToken("dev", stdout.trim());
}

describe("a cluster user without the rights that the installation needs", () => {
    before(async () => {
        await kubectl("dev", "create", "serviceaccount", account);
    });

    after(async () => {
        await kubectl("dev", "delete", "clusterrolebinding", account, "--ignore-not-found");
        await kubectl("dev", "delete", "serviceaccount", account);
    });

    async function assertRefused(says: readonly string[]): Promise<string> {
        const env = { KUBECONFIG: await kubeconfig() };
        const file = await devFile();
        const before = await contents("dev");
        await standIn.forget();
        const { code, output } = await pulumi("up -y --skip-preview", "dev", file, { env });
        assert.notEqual(code, 0, tail(output));
        for (const text of ["Nothing was touched", 'fluxcd:context is "dev"', ...says]) {
            assert.ok(output.includes(text), `nothing says "${text}":\n${tail(output)}`);
        }
        await assertNoWrites();
        assert.deepEqual(await contents("dev"), before);
        return output;
    }

    it("is refused before anything is touched, by every right that is missing", async () => {
        const kinds = ["namespaces", "customresourcedefinitions.apiextensions.k8s.io", "deployments.apps", "secrets"];
        const output = await assertRefused([
            "its user may not do all that the installation does: get, list, watch, create, patch, delete of namespaces",
            "bind of clusterroles.rbac.authorization.k8s.io/cluster-admin",
            "kubectl --context dev auth can-i get namespaces",
        ]);
        const line = output.split("\n").find((it) => it.includes("may not do all")) ?? "";
        assert.deepEqual(
            kinds.filter((kind) => !line.includes(kind)),
            [],
        );
    });

    it("is refused by what is missing alone, who may see everything", async () => {
        await kubectl(
            "dev",
            "create",
            "clusterrolebinding",
            account,
            "--clusterrole=view",
            `--serviceaccount=default:${account}`,
        );
        const output = await assertRefused([
            "create, patch, delete of ",
            "get, list, watch, create, patch, delete of ",
        ]);
        assert.ok(!/get, list, watch, create, patch, delete of [^;]*deployments\.apps/.test(output), tail(output));
    });
});
