import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { githubToken, readConfig } from "../config";
import { preflight } from "../preflight";
import { GitHub } from "../preflight/github";
import { startEngine } from "./support/engine";
import { refusal } from "./support/refusal";
import { releaseObjects } from "./support/release";
import { useStackFile } from "./support/stack";
import { startWorld, type World } from "./support/world";
import { scratchFolder } from "./support/scratch";

const reviews = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

interface Review {
    readonly spec: {
        readonly resourceAttributes: Record<"verb" | "group" | "resource", string> &
            Partial<Record<"namespace" | "name", string>>;
    };
}

describe("Prerequisites in the cluster", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
    });

    afterEach(async () => {
        await world.close();
    });

    async function look(overrides: Record<string, unknown> = {}) {
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", { "fluxcd:fluxManifest": "test/fixtures/install.yaml", ...overrides });
        const config = readConfig();
        return preflight(config, new GitHub(config.github, githubToken()));
    }

    /** What was asked of the API server, answered by whether it is allowed. */
    function answering(isAllowed: (asked: string) => boolean): string[] {
        const asked: string[] = [];
        world.answers.set(reviews, ({ spec: { resourceAttributes } }: Review) => {
            const { verb, group, resource, name, namespace } = resourceAttributes;
            const question = [verb, group, resource, name].filter((part) => part !== undefined).join(" ");
            asked.push(namespace === undefined ? question : `${question} in ${namespace}`);
            return { status: { allowed: isAllowed(question) } };
        });
        return asked;
    }

    describe("Kubernetes' version", () => {
        const server = (gitVersion: string) => world.answers.set("GET /version", { gitVersion });

        for (const version of ["v1.33.0", "v1.33.4-gke.1036000", "v1.34.1+k3s1", "v1.36.3", "v2.0.0"]) {
            it(`may be ${version} for Flux v2.9.5`, async () => {
                server(version);
                assert.ok(await look());
            });
        }

        for (const version of ["v1.32.9", "v1.32.9-eks-113cf36", "v1.9.11"]) {
            it(`must not be ${version}, by both versions`, async () => {
                server(version);
                const says = `its cluster runs Kubernetes ${version}, and Flux v2.9.5 needs v1.33.0 or newer`;
                await assert.rejects(look(), refusal("fluxcd:context", says));
            });
        }

        it("names the newest Flux for an older one, where there is any", async () => {
            server("v1.30.4");
            await assert.rejects(look(), refusal("fluxcd:context", "to a v2.5 for this Kubernetes"));
            server("v1.9.11");
            await assert.rejects(look(), (error: Error) => !error.message.includes("for this Kubernetes"));
        });

        it("is held against the Flux of this stack", async () => {
            server("v1.32.9");
            const older = { "fluxcd:fluxVersion": "v2.7.5", "fluxcd:fluxManifest": "nowhere.yaml" };
            await assert.rejects(look(older), (error: Error) => !error.message.includes("runs Kubernetes"));
        });

        it("is at least what the newest Flux known here needs, for a newer one", async () => {
            server("v1.32.9");
            const newer = { "fluxcd:fluxVersion": "v2.11.0", "fluxcd:fluxManifest": "nowhere.yaml" };
            await assert.rejects(look(newer), refusal("fluxcd:context", "Flux v2.11.0 needs v1.33.0 or newer"));
        });
    });

    describe("permissions", () => {
        it("are one question, where the user may do anything", async () => {
            const asked = answering(() => true);
            assert.ok(await look());
            assert.deepEqual(asked, ["* * *"]);
        });

        it("are those of every kind the installation makes, each in its namespace", async () => {
            const asked = answering((question) => question !== "* * *");
            assert.ok(await look());
            const verbs = ["get", "list", "watch", "create", "patch", "delete"];
            const kinds = [
                " namespaces",
                "apiextensions.k8s.io customresourcedefinitions",
                "admissionregistration.k8s.io validatingadmissionpolicies",
                "admissionregistration.k8s.io validatingadmissionpolicybindings",
                "rbac.authorization.k8s.io clusterrolebindings",
                "rbac.authorization.k8s.io clusterroles",
                " serviceaccounts in flux-system",
                " services in flux-system",
                "apps deployments in flux-system",
                "networking.k8s.io networkpolicies in flux-system",
                " resourcequotas in flux-system",
                " secrets in flux-system",
                "source.toolkit.fluxcd.io gitrepositories in flux-system",
                "kustomize.toolkit.fluxcd.io kustomizations in flux-system",
            ];
            assert.deepEqual(
                asked.toSorted(),
                [
                    "* * *",
                    "bind rbac.authorization.k8s.io clusterroles cluster-admin",
                    ...kinds.flatMap((kind) => verbs.map((verb) => `${verb} ${kind}`)),
                ].toSorted(),
            );
        });

        it("are asked for what the options add, and not for what they leave out", async () => {
            const asked = answering((question) => question !== "* * *");
            const file = join(scratchFolder(), "install.yaml");
            writeFileSync(
                file,
                releaseObjects()
                    .map((it) => stringify(it))
                    .join("---\n"),
            );
            const flux = { storage: { size: "1Gi" }, networkPolicies: false };
            assert.ok(await look({ "fluxcd:fluxManifest": file, "fluxcd:flux": flux }));
            assert.ok(asked.includes("create  persistentvolumeclaims in flux-system"));
            assert.ok(!asked.some((question) => question.includes("networkpolicies")));
        });

        it("are asked for a Receiver, where a webhook needs one", async () => {
            const asked = answering((question) => question !== "* * *");
            for (const name of ["fluxcd-infrastructure", "fluxcd-apps"]) {
                world.answers.set(`GET /api/v3/repos/misua/${name}/hooks?per_page=1`, []);
            }
            assert.ok(await look({ "fluxcd:webhookUrl": "https://flux.dev.example.com" }));
            assert.ok(asked.includes("create notification.toolkit.fluxcd.io receivers in flux-system"));
        });

        it("that are missing are refused at once, by verb and kind, with the command that asks", async () => {
            answering(
                (question) =>
                    !["* * *", "create  secrets", "bind rbac.authorization.k8s.io clusterroles cluster-admin"].includes(
                        question,
                    ) && !/^(create|patch) (apps deployments| namespaces)$/.test(question),
            );
            await assert.rejects(look(), (error: Error) => {
                const says =
                    "create, patch of namespaces, deployments.apps; create of secrets; bind of clusterroles.rbac.authorization.k8s.io/cluster-admin";
                refusal("fluxcd:context", says)(error);
                return refusal("fluxcd:context", "mend: kubectl --context dev auth can-i create namespaces")(error);
            });
        });

        it("are told with the namespace they are for", async () => {
            answering((question) => question !== "* * *" && question !== "patch  services");
            const command = "kubectl --context dev auth can-i patch services -n flux-system";
            await assert.rejects(look(), refusal("fluxcd:context", command));
        });

        it("are told also where the user may not even see which cluster it is", async () => {
            world.answers.set("GET /api/v1/namespaces/kube-system", 403);
            answering(() => false);
            await assert.rejects(look(), refusal("fluxcd:context", "may not read what the program has to know"));
            await assert.rejects(
                look(),
                refusal("fluxcd:context", "get, list, watch, create, patch, delete of namespaces"),
            );
        });

        it("that the API server does not tell of are not taken for granted", async () => {
            world.answers.set(reviews, 403);
            await assert.rejects(look(), refusal("fluxcd:context", "its own rights"));
            world.answers.set(reviews, 500);
            await assert.rejects(look(), refusal("fluxcd:context", "did not answer"));
        });
    });
});
