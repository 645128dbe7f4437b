import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { githubToken, readConfig } from "../../config";
import { check } from "../../checks";
import { GitHub } from "../../clients/github";
import { startEngine } from "../support/engine";
import { sshKey } from "../support/publicKeys";
import { refusal } from "../support/refusal";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";
import { scratchFolder } from "../support/scratch";

const manifest = "test/fixtures/install.yaml";
const apps = "GET /api/v3/repos/misua/fluxcd-apps";

describe("Preflight", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
    });

    afterEach(async () => {
        await world.close();
    });

    async function look(stack: string, overrides: Record<string, unknown> = {}) {
        await startEngine(stack);
        useStackFile(`Pulumi.${stack}.yaml`, { "fluxcd:fluxManifest": manifest, ...overrides });
        const config = readConfig();
        return check(config, new GitHub(config.github, githubToken()));
    }

    it("finds the cluster, the repositories, GitHub's host keys and the components asked for, and changes nothing", async () => {
        const found = await look("staging");
        assert.equal(found.clusterUid, "uid-of-the-cluster");
        assert.equal(found.apps?.sshUrl, "git@github.com:misua/fluxcd-apps.git");
        assert.deepEqual(found.sshHostKeys, ["ssh-ed25519 AAAAed25519", "ecdsa-sha2-nistp256 AAAAecdsa"]);
        const deployments = found.manifest
            .filter(({ kind }) => kind === "Deployment")
            .map(({ metadata }) => metadata.name);
        assert.deepEqual(deployments, [
            "source-controller",
            "kustomize-controller",
            "helm-controller",
            "notification-controller",
        ]);
        assert.deepEqual(
            world.asked.filter((request) => !request.startsWith("GET ")),
            // A question that is put by POST, and that the API server keeps nothing of.
            ["POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"],
        );
    });

    it("lets the owning stack go first, when there is no repository yet", async () => {
        world.answers.set(apps, 404);
        assert.equal((await look("dev")).apps, undefined);
    });

    it("lets the owning stack go on, when its first run stopped between repository and content", async () => {
        world.answers.set(`${apps}/commits/heads/main`, 409);
        assert.ok((await look("dev")).apps);
    });

    describe("refuses", () => {
        it("a stack that comes before the repositories", async () => {
            world.answers.set(apps, 404);
            await assert.rejects(look("staging"), refusal("fluxcd:repositories", "misua/fluxcd-apps is not there"));
        });

        it("a tag that does not exist, with the command that creates it", async () => {
            world.answers.set(`${apps}/commits/tags/prod-v1.0.0`, 422);
            const command =
                "git -C fluxcd-apps tag -a prod-v1.0.0 -m prod-v1.0.0 && git -C fluxcd-apps push origin prod-v1.0.0";
            await assert.rejects(look("production"), refusal("fluxcd:apps.tag", command));
        });

        it("a branch that does not exist", async () => {
            const overrides = { "fluxcd:apps": { branch: "next" } };
            await assert.rejects(look("dev", overrides), refusal("fluxcd:apps.branch", "has no such branch"));
        });

        it("a tag that no longer points to the pinned commit", async () => {
            const overrides = { "fluxcd:apps": { tag: "prod-v1.0.0", commit: "2".repeat(40) } };
            await assert.rejects(look("production", overrides), refusal("fluxcd:apps.commit", "1".repeat(40)));
        });

        it("a lightweight tag where tags are verified, with the commands for a signed one", async () => {
            const verified = (mode: string) => ({
                "fluxcd:apps": { tag: "prod-v1.0.0", verify: { mode, keys: [sshKey] } },
            });
            const tagOf = (type: string) => {
                world.answers.set(`${apps}/git/ref/tags/prod-v1.0.0`, { object: { type } });
            };
            tagOf("commit");
            for (const mode of ["Tag", "TagAndHEAD"]) {
                const says = "git -C fluxcd-apps tag -s prod-v1.0.1 -m prod-v1.0.1 'prod-v1.0.0^{commit}'";
                await assert.rejects(look("production", verified(mode)), refusal("fluxcd:apps.tag", says));
            }
            assert.ok(await look("production", verified("HEAD")));
            tagOf("tag");
            assert.ok(await look("production", verified("TagAndHEAD")));
        });

        it("an expired token", async () => {
            for (const request of world.answers.keys()) {
                world.answers.set(request, request.includes("/api/v3/") ? 401 : world.answers.get(request));
            }
            await assert.rejects(look("staging"), refusal("GITHUB_TOKEN", "expired, revoked or mistyped"));
        });

        it("a context the kubeconfig does not have, naming those it has", async () => {
            const overrides = { "fluxcd:context": "prod" };
            await assert.rejects(look("production", overrides), refusal("fluxcd:context", "dev, staging, production"));
        });

        it("a cluster that does not answer", async () => {
            const kubeconfig = readFileSync(process.env.KUBECONFIG ?? "", "utf8").replaceAll(
                world.url,
                "http://127.0.0.1:1",
            );
            const file = join(scratchFolder(), "kubeconfig");
            writeFileSync(file, kubeconfig);
            process.env.KUBECONFIG = file;
            await assert.rejects(look("staging"), refusal("fluxcd:context", "did not answer"));
        });

        it("an organization with deploy keys disabled", async () => {
            world.answers.set("GET /api/v3/orgs/misua", {
                login: "misua",
                deploy_keys_enabled_for_repositories: false,
            });
            await assert.rejects(look("staging"), refusal("github:owner", "deploy keys disabled"));
        });

        it("protection that the Free plan does not have, by the keys that turn it off", async () => {
            world.answers.set("GET /api/v3/user", { login: "misua", plan: { name: "free" } });
            await assert.rejects(look("dev"), refusal("fluxcd:protectBranch", "fluxcd:protectBranch false"));
            await assert.rejects(look("dev"), refusal("fluxcd:protectTags", "fluxcd:protectTags false"));
            assert.ok(await look("dev", { "fluxcd:protectBranch": false, "fluxcd:protectTags": false }));
            assert.ok(await look("dev", { "fluxcd:visibility": "public" }));
        });

        it("that protection for an adopted repository too, by its own visibility", async () => {
            const repository = world.answers.get("GET /api/v3/repos/misua/fluxcd-infrastructure") as object;
            const visible = (visibility: string) => {
                world.answers.set("GET /api/v3/repos/misua/fluxcd-infrastructure", { ...repository, visibility });
            };
            world.answers.set("GET /api/v3/user", { login: "misua", plan: { name: "free" } });
            visible("private");
            await assert.rejects(
                look("dev", { "fluxcd:repositories": "adopt" }),
                refusal("fluxcd:protectTags", "Free"),
            );
            visible("public");
            assert.ok(await look("dev", { "fluxcd:repositories": "adopt" }));
        });

        it("a GitHub that names no SSH host keys", async () => {
            world.answers.set("GET /api/v3/meta", {});
            await assert.rejects(look("staging"), refusal("github:baseUrl", "no SSH host keys"));
        });

        it("a token that may not read, in GitHub's words", async () => {
            world.answers.set(apps, 403);
            await assert.rejects(look("staging"), refusal("GITHUB_TOKEN", "status 403"));
        });

        it("a manifest with another checksum than the one given, before reading it", async () => {
            const overrides = { "fluxcd:fluxManifestSha256": "0".repeat(64) };
            const actual = createHash("sha256").update(readFileSync(manifest)).digest("hex");
            await assert.rejects(look("staging", overrides), refusal("fluxcd:fluxManifestSha256", actual));
            assert.ok(await look("staging", { "fluxcd:fluxManifestSha256": actual }));
        });

        it("a manifest that says it is of another version", async () => {
            const overrides = { "fluxcd:fluxVersion": "v2.9.4" };
            await assert.rejects(look("staging", overrides), refusal("fluxcd:fluxManifest", "v2.9.5"));
        });

        it("a manifest that cannot be downloaded", async () => {
            const overrides = { "fluxcd:fluxManifest": `${world.url}/{version}/install.yaml` };
            await assert.rejects(look("staging", overrides), refusal("fluxcd:fluxManifest", "404"));
        });

        for (const share of [0.3, 0.6, 0.9, 0.95, 0.99]) {
            it(`a manifest of which only ${share * 100} percent arrived`, async () => {
                const text = readFileSync(manifest, "utf8");
                const file = join(scratchFolder(), "install.yaml");
                writeFileSync(file, text.slice(0, text.length * share));
                const everything = { "fluxcd:fluxManifest": file, "fluxcd:fluxComponents": allComponents };
                await assert.rejects(look("staging", everything), refusal("fluxcd:fluxManifest", "not whole"));
            });
        }
    });
});

const allComponents = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
];
