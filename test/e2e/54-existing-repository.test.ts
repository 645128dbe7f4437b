import assert from "node:assert/strict";

import { assertApplied, exists, kubectl } from "./support/cluster";
import { Clone, remoteCommit } from "./support/git";
import { api, assertNoWrites, createRepository, standIn } from "./support/github";
import { assertSays } from "./support/promotion";
import { tail } from "./support/run";
import { configFile, mustPulumi, pulumi } from "./support/stack";

const repositories = {
    "fluxcd:sources": {
        infrastructure: { branch: "main", repository: "shop-infrastructure" },
        apps: { branch: "main", repository: "shop" },
    },
};
const limited = ["--config-file", configFile("dev", repositories)];
const withAllRights = ["--config-file", configFile("dev", { ...repositories, "fluxcd:kustomizations": {} })];

/** One app with its own namespace, and an overlay for each environment: what many people have. */
const files: Readonly<Record<string, string>> = {
    "apps/base/shop/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n",
    "apps/base/shop/config.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\n  namespace: shop\ndata:\n  open: always\n",
    "apps/base/shop/kustomization.yaml": "resources:\n  - namespace.yaml\n  - config.yaml\n",
    ...Object.fromEntries(
        ["dev", "staging", "production"].map((environment) => [
            `apps/overlays/${environment}/kustomization.yaml`,
            "resources:\n  - ../../base/shop\n",
        ]),
    ),
    "README.md": "# Shop\n",
};

interface Repository {
    readonly description: string | null;
    readonly has_wiki: boolean;
}

describe("dev, with a repository for its apps that exists, and none for its infrastructure", () => {
    let untouched: Repository;
    let commit: string;

    before(async () => {
        if (await exists("dev", "namespace", "flux-system")) {
            await mustPulumi("destroy -y", "dev");
        }
        await createRepository("shop", "public");
        const clone = await Clone.of("shop");
        for (const [path, text] of Object.entries(files)) {
            clone.write(path, text);
        }
        commit = await clone.push("The shop");
        untouched = await api<Repository>("/repos/misua/shop");
    });

    it("is refused, because the account of the apps may not make the app's namespace, and touches nothing", async () => {
        await standIn.forget();
        const result = await pulumi("preview", "dev", limited);
        assert.notEqual(result.code, 0, tail(result.output));
        assertSays(result, ["fluxcd:kustomizations.apps", "Namespace shop", "Nothing was touched"]);
        await assertNoWrites();
        assert.equal(await exists("dev", "namespace", "flux-system"), false);
    });

    it("makes the one that is missing, keeps the other, and applies the app, with rights that one value gives", async () => {
        await mustPulumi("up -y", "dev", withAllRights);
        await assertApplied("dev", "apps", `main@sha1:${commit}`);
        const infrastructure = await remoteCommit("shop-infrastructure", "refs/heads/main");
        await assertApplied("dev", "infrastructure", `main@sha1:${infrastructure}`);
        const { stdout } = await kubectl(
            "dev",
            "-n",
            "shop",
            "get",
            "configmap",
            "shop",
            "-o",
            "jsonpath={.data.open}",
        );
        assert.equal(stdout, "always");
    });

    it("has changed nothing in the content and the settings of the one that was there", async () => {
        assert.equal(await remoteCommit("shop", "refs/heads/main"), commit);
        const { description, has_wiki } = await api<Repository>("/repos/misua/shop");
        assert.deepEqual(
            { description, has_wiki },
            { description: untouched.description, has_wiki: untouched.has_wiki },
        );
    });

    it("still manages what it made, and keeps what was there, in the next update", async () => {
        await mustPulumi("preview --expect-no-changes", "dev", withAllRights);
    });

    it("leaves both repositories when it is destroyed", async () => {
        await mustPulumi("destroy -y", "dev", withAllRights);
        assert.equal(await remoteCommit("shop", "refs/heads/main"), commit);
        assert.notEqual(await remoteCommit("shop-infrastructure", "refs/heads/main"), "");
    });
});
