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

describe("The checks before an update", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
    });

    afterEach(async () => {
        await world.close();
    });

    async function look(stack: string, overrides: Record<string, unknown> = {}) {
        await startEngine(stack);
        useStackFile(`Pulumi.${stack}.yaml`, { "fluxcd:flux": { manifest }, ...overrides });
        const config = readConfig();
        return check(config, new GitHub(config.github, githubToken()));
    }

    it("return the cluster, the repositories, the SSH host keys and the requested controllers, and write nothing", async () => {
        const found = await look("staging");
        assert.equal(found.clusterUid, "uid-of-the-cluster");
        assert.equal(found.sources.apps?.sshUrl, "git@github.com:misua/fluxcd-apps.git");
        assert.deepEqual(found.sshHostKeys, ["ssh-ed25519 AAAAed25519", "ecdsa-sha2-nistp256 AAAAecdsa"]);
        const deployments = found.flux.manifest
            .filter(({ kind }) => kind === "Deployment")
            .map(({ metadata }) => metadata.name);
        assert.deepEqual(deployments, [
            "source-controller",
            "kustomize-controller",
            "helm-controller",
            "notification-controller",
        ]);
        const dryRun = "dryRun=All&fieldManager=fluxcd-preflight&force=true";
        assert.deepEqual(
            world.asked.filter((request) => !request.startsWith("GET ")),
            // Questions that are put by other methods, and that the API server keeps nothing of.
            [
                "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                ...deployments.map(
                    (name) => `PATCH /apis/apps/v1/namespaces/flux-system/deployments/${name}?${dryRun}`,
                ),
            ],
        );
    });

    it("refuse a cluster that stops answering between two reads, in the format of every problem", async () => {
        world.answers.set("GET /apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories", 500);
        await assert.rejects(
            look("staging"),
            refusal("fluxcd:context", "the cluster's Flux could not be read: status 500"),
        );
    });

    it("accept a missing repository for the owning stack, which creates it", async () => {
        world.answers.set(apps, 404);
        assert.equal((await look("dev")).sources.apps, undefined);
    });

    it("accept an empty repository for the owning stack, whose first run was interrupted", async () => {
        world.answers.set(`${apps}/commits/heads/main`, 409);
        const { infrastructure, apps: empty } = (await look("dev")).sources;
        assert.deepEqual([infrastructure?.isEmpty, empty?.isEmpty], [false, true]);
    });

    describe("with a problem", () => {
        it("refuse a stack that runs before its repositories exist", async () => {
            world.answers.set(apps, 404);
            await assert.rejects(
                look("staging"),
                refusal("fluxcd:repositories", "misua/fluxcd-apps does not exist, or the token cannot see it"),
            );
        });

        it("refuse a tag that does not exist, and name the command that creates it", async () => {
            world.answers.set(`${apps}/commits/tags/prod-v1.0.0`, 422);
            const command =
                "git -C fluxcd-apps tag -a prod-v1.0.0 -m prod-v1.0.0 && git -C fluxcd-apps push origin prod-v1.0.0";
            await assert.rejects(look("production"), refusal("fluxcd:sources.apps.tag", command));
        });

        it("refuse a branch that does not exist", async () => {
            const overrides = withApps({ branch: "main" }, { branch: "next" });
            await assert.rejects(look("dev", overrides), refusal("fluxcd:sources.apps.branch", "has no such branch"));
        });

        it("refuse a tag that no longer points to the pinned commit", async () => {
            const overrides = withApps({ tag: "prod-v1.0.0" }, { commit: "2".repeat(40) });
            await assert.rejects(look("production", overrides), refusal("fluxcd:sources.apps.commit", "1".repeat(40)));
        });

        it("refuse a lightweight tag if tags are verified, and name the commands for a signed tag", async () => {
            const verified = (mode: string) => withApps({ tag: "prod-v1.0.0" }, { verify: { mode, keys: [sshKey] } });
            const tagOf = (type: string) => {
                world.answers.set(`${apps}/git/ref/tags/prod-v1.0.0`, { object: { type } });
            };
            tagOf("commit");
            for (const mode of ["Tag", "TagAndHEAD"]) {
                const says = "git -C fluxcd-apps tag -s prod-v1.0.1 -m prod-v1.0.1 'prod-v1.0.0^{commit}'";
                await assert.rejects(look("production", verified(mode)), refusal("fluxcd:sources.apps.tag", says));
            }
            await assert.doesNotReject(look("production", verified("HEAD")));
            tagOf("tag");
            await assert.doesNotReject(look("production", verified("TagAndHEAD")));
        });

        it("refuse an expired token", async () => {
            for (const request of world.answers.keys()) {
                world.answers.set(request, request.includes("/api/v3/") ? 401 : world.answers.get(request));
            }
            await assert.rejects(look("staging"), refusal("GITHUB_TOKEN", "expired, revoked or wrong"));
        });

        it("refuse a context that the kubeconfig does not have, and list the contexts that it has", async () => {
            const overrides = { "fluxcd:context": "prod" };
            await assert.rejects(look("production", overrides), refusal("fluxcd:context", "dev, staging, production"));
        });

        it("refuse a cluster that does not answer", async () => {
            const kubeconfig = readFileSync(process.env.KUBECONFIG ?? "", "utf8").replaceAll(
                world.url,
                "http://127.0.0.1:1",
            );
            const file = join(scratchFolder(), "kubeconfig");
            writeFileSync(file, kubeconfig);
            process.env.KUBECONFIG = file;
            await assert.rejects(look("staging"), refusal("fluxcd:context", "did not answer"));
        });

        it("refuse an organization that has deploy keys disabled", async () => {
            world.answers.set("GET /api/v3/orgs/misua", {
                login: "misua",
                deploy_keys_enabled_for_repositories: false,
            });
            await assert.rejects(look("staging"), refusal("github:owner", "deploy keys disabled"));
        });

        it("refuse protection that GitHub's Free plan does not offer, and name the keys that turn it off", async () => {
            world.answers.set("GET /api/v3/user", { login: "misua", plan: { name: "free" } });
            world.answers.set(apps, 404);
            world.answers.set("GET /api/v3/repos/misua/fluxcd-infrastructure", 404);
            for (const key of ["fluxcd:protection.branch", "fluxcd:protection.tags"]) {
                const command = `pulumi config set --stack dev --path '${key}' false`;
                await assert.rejects(look("dev"), refusal(key, command));
            }
            await assert.doesNotReject(look("dev", { "fluxcd:protection": { branch: false, tags: false } }));
            await assert.doesNotReject(look("dev", { "fluxcd:visibility": "public" }));
        });

        it("refuse protection of an existing private repository on the Free plan, and accept it for a public one", async () => {
            const visible = (visibility: string) => {
                for (const path of [apps, "GET /api/v3/repos/misua/fluxcd-infrastructure"]) {
                    world.answers.set(path, { ...(world.answers.get(path) as object), visibility });
                }
            };
            world.answers.set("GET /api/v3/user", { login: "misua", plan: { name: "free" } });
            visible("private");
            await assert.rejects(look("dev"), refusal("fluxcd:protection.tags", "Free"));
            visible("public");
            await assert.doesNotReject(look("dev"));
        });

        it("refuse a GitHub that returns no SSH host keys", async () => {
            world.answers.set("GET /api/v3/meta", {});
            await assert.rejects(look("staging"), refusal("github:baseUrl", "no SSH host keys"));
            const keyscan = `--stack staging --path 'fluxcd:ssh.knownHosts' "$(ssh-keyscan -p 22 127.0.0.1)"`;
            await assert.rejects(look("staging"), refusal("github:baseUrl", keyscan));
            const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
            const { sshHostKeys } = await look("staging", { "fluxcd:ssh": { knownHosts: `127.0.0.1 ${key}` } });
            assert.deepEqual(sshHostKeys, [key]);
        });

        it("refuse a token without read permission, and repeat GitHub's status", async () => {
            world.answers.set(apps, 403);
            await assert.rejects(look("staging"), refusal("GITHUB_TOKEN", "status 403"));
        });

        it("refuse a manifest whose checksum differs from the configured checksum", async () => {
            const checked = (manifestSha256: string) => ({ "fluxcd:flux": { manifest, manifestSha256 } });
            const actual = createHash("sha256").update(readFileSync(manifest)).digest("hex");
            const found = look("staging", checked("0".repeat(64)));
            await assert.rejects(found, refusal("fluxcd:flux.manifestSha256", actual));
            await assert.doesNotReject(look("staging", checked(actual)));
        });

        it("refuse a manifest of another Flux version than the configured version", async () => {
            const overrides = { "fluxcd:fluxVersion": "v2.9.4" };
            await assert.rejects(look("staging", overrides), refusal("fluxcd:flux.manifest", "v2.9.5"));
        });

        it("refuse a manifest that cannot be downloaded", async () => {
            const overrides = { "fluxcd:flux": { manifest: `${world.url}/{version}/install.yaml` } };
            await assert.rejects(look("staging", overrides), refusal("fluxcd:flux.manifest", "404"));
        });

        for (const share of [0.3, 0.6, 0.9, 0.95, 0.99]) {
            it(`refuse a manifest of which only ${share * 100} percent was downloaded`, async () => {
                const text = readFileSync(manifest, "utf8");
                const file = join(scratchFolder(), "install.yaml");
                writeFileSync(file, text.slice(0, text.length * share));
                const everything = { "fluxcd:flux": { manifest: file, components: allComponents } };
                await assert.rejects(look("staging", everything), refusal("fluxcd:flux.manifest", "it is incomplete"));
            });
        }
    });
});

/** Both sources at a ref, and more of the apps. */
const withApps = (ref: object, more: object) => ({
    "fluxcd:sources": { infrastructure: ref, apps: { ...ref, ...more } },
});

const allComponents = [
    "source-controller",
    "kustomize-controller",
    "helm-controller",
    "notification-controller",
    "image-reflector-controller",
];
