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

describe("The checks", () => {
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

    it("finds the cluster, the repositories, GitHub's host keys and the components asked for, and changes nothing", async () => {
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
        assert.deepEqual(
            world.asked.filter((request) => !request.startsWith("GET ")),
            // A question that is put by POST, and that the API server keeps nothing of.
            ["POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"],
        );
    });

    it("lets the owning stack go first, when there is no repository yet", async () => {
        world.answers.set(apps, 404);
        assert.equal((await look("dev")).sources.apps, undefined);
    });

    it("lets the owning stack go on, when its first run stopped between repository and content", async () => {
        world.answers.set(`${apps}/commits/heads/main`, 409);
        const { infrastructure, apps: empty } = (await look("dev")).sources;
        assert.deepEqual([infrastructure?.isEmpty, empty?.isEmpty], [false, true]);
    });

    describe("refuses", () => {
        it("a stack that comes before the repositories", async () => {
            world.answers.set(apps, 404);
            await assert.rejects(
                look("staging"),
                refusal("fluxcd:repositories", "misua/fluxcd-apps does not exist, or the token cannot see it"),
            );
        });

        it("a tag that does not exist, with the command that creates it", async () => {
            world.answers.set(`${apps}/commits/tags/prod-v1.0.0`, 422);
            const command =
                "git -C fluxcd-apps tag -a prod-v1.0.0 -m prod-v1.0.0 && git -C fluxcd-apps push origin prod-v1.0.0";
            await assert.rejects(look("production"), refusal("fluxcd:sources.apps.tag", command));
        });

        it("a branch that does not exist", async () => {
            const overrides = withApps({ branch: "main" }, { branch: "next" });
            await assert.rejects(look("dev", overrides), refusal("fluxcd:sources.apps.branch", "has no such branch"));
        });

        it("a tag that no longer points to the pinned commit", async () => {
            const overrides = withApps({ tag: "prod-v1.0.0" }, { commit: "2".repeat(40) });
            await assert.rejects(look("production", overrides), refusal("fluxcd:sources.apps.commit", "1".repeat(40)));
        });

        it("a lightweight tag where tags are verified, with the commands for a signed one", async () => {
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

        it("an expired token", async () => {
            for (const request of world.answers.keys()) {
                world.answers.set(request, request.includes("/api/v3/") ? 401 : world.answers.get(request));
            }
            await assert.rejects(look("staging"), refusal("GITHUB_TOKEN", "expired, revoked or wrong"));
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
            for (const key of ["fluxcd:protection.branch", "fluxcd:protection.tags"]) {
                const command = `pulumi config set --stack dev --path '${key}' false`;
                await assert.rejects(look("dev"), refusal(key, command));
            }
            await assert.doesNotReject(look("dev", { "fluxcd:protection": { branch: false, tags: false } }));
            await assert.doesNotReject(look("dev", { "fluxcd:visibility": "public" }));
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
                refusal("fluxcd:protection.tags", "Free"),
            );
            visible("public");
            await assert.doesNotReject(look("dev", { "fluxcd:repositories": "adopt" }));
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
            const checked = (manifestSha256: string) => ({ "fluxcd:flux": { manifest, manifestSha256 } });
            const actual = createHash("sha256").update(readFileSync(manifest)).digest("hex");
            const found = look("staging", checked("0".repeat(64)));
            await assert.rejects(found, refusal("fluxcd:flux.manifestSha256", actual));
            await assert.doesNotReject(look("staging", checked(actual)));
        });

        it("a manifest that says it is of another version", async () => {
            const overrides = { "fluxcd:fluxVersion": "v2.9.4" };
            await assert.rejects(look("staging", overrides), refusal("fluxcd:flux.manifest", "v2.9.5"));
        });

        it("a manifest that cannot be downloaded", async () => {
            const overrides = { "fluxcd:flux": { manifest: `${world.url}/{version}/install.yaml` } };
            await assert.rejects(look("staging", overrides), refusal("fluxcd:flux.manifest", "404"));
        });

        for (const share of [0.3, 0.6, 0.9, 0.95, 0.99]) {
            it(`a manifest of which only ${share * 100} percent arrived`, async () => {
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
