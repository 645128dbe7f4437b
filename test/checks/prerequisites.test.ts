import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { stringify } from "yaml";

import { githubToken, readConfig } from "../../config";
import { check } from "../../checks";
import { GitHub } from "../../clients/github";
import { startEngine } from "../support/engine";
import { refusal } from "../support/refusal";
import { releaseObjects } from "../support/release";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";
import { scratchFolder } from "../support/scratch";

const reviews = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

interface Review {
    readonly spec: {
        readonly resourceAttributes?: Record<"verb" | "group" | "resource", string> &
            Partial<Record<"namespace" | "name" | "subresource", string>>;
        readonly nonResourceAttributes?: Record<"verb" | "path", string>;
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
        useStackFile("Pulumi.dev.yaml", { "fluxcd:flux": { manifest: "test/fixtures/install.yaml" }, ...overrides });
        const config = readConfig();
        return check(config, new GitHub(config.github, githubToken()));
    }

    /** What was asked of the API server, answered by whether it is allowed. */
    function answering(isAllowed: (question: string, withNamespace: string) => boolean): string[] {
        const asked: string[] = [];
        const answer = (question: string, namespace?: string) => {
            const whole = namespace === undefined ? question : `${question} in ${namespace}`;
            asked.push(whole);
            return { status: { allowed: isAllowed(question, whole) } };
        };
        world.answers.set(reviews, ({ spec: { resourceAttributes, nonResourceAttributes } }: Review) => {
            if (!resourceAttributes) {
                return answer(`${nonResourceAttributes?.verb ?? ""} ${nonResourceAttributes?.path ?? ""}`);
            }
            const { verb, group, resource, subresource, name, namespace } = resourceAttributes;
            const what = subresource === undefined ? resource : `${resource}/${subresource}`;
            return answer([verb, group, what, name].filter((part) => part !== undefined).join(" "), namespace);
        });
        return asked;
    }

    describe("Kubernetes version", () => {
        const server = (gitVersion: string) => world.answers.set("GET /version", { gitVersion });

        for (const version of ["v1.33.0", "v1.33.4-gke.1036000", "v1.34.1+k3s1", "v1.36.3", "v2.0.0"]) {
            it(`accepts Kubernetes ${version} for Flux v2.9.5`, async () => {
                server(version);
                await assert.doesNotReject(look());
            });
        }

        for (const version of ["v1.32.9", "v1.32.9-eks-113cf36", "v1.9.11"]) {
            it(`refuses Kubernetes ${version} for Flux v2.9.5, and names the required version`, async () => {
                server(version);
                const says = `its cluster runs Kubernetes ${version}, and Flux v2.9.5 needs v1.33.0 or newer`;
                await assert.rejects(look(), refusal("fluxcd:context", says));
            });
        }

        it("suggests the newest Flux release for an older Kubernetes, if there is one", async () => {
            server("v1.30.4");
            await assert.rejects(look(), refusal("fluxcd:context", "to a v2.5 for this Kubernetes"));
            server("v1.9.11");
            await assert.rejects(look(), (error: Error) => !error.message.includes("for this Kubernetes"));
        });

        it("accepts an older Kubernetes if the stack's Flux version supports it", async () => {
            server("v1.32.9");
            const older = { "fluxcd:fluxVersion": "v2.7.5", "fluxcd:flux": { manifest: "nowhere.yaml" } };
            await assert.rejects(look(older), (error: Error) => !error.message.includes("runs Kubernetes"));
        });

        it("requires at least the Kubernetes version of the newest known Flux for an unknown newer Flux", async () => {
            server("v1.32.9");
            const newer = { "fluxcd:fluxVersion": "v2.11.0", "fluxcd:flux": { manifest: "nowhere.yaml" } };
            await assert.rejects(look(newer), refusal("fluxcd:context", "Flux v2.11.0 needs v1.33.0 or newer"));
        });
    });

    describe("Kubernetes permissions", () => {
        it("need one question to the API server if the user may do everything", async () => {
            const asked = answering(() => true);
            await assert.doesNotReject(look());
            assert.deepEqual(asked, ["* * *"]);
        });

        it("are checked for every kind of the installation, each in its namespace", async () => {
            const asked = answering((question) => question !== "* * *");
            await assert.doesNotReject(look());
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
                "source.toolkit.fluxcd.io gitrepositories",
                "kustomize.toolkit.fluxcd.io kustomizations",
                "helm.toolkit.fluxcd.io helmreleases",
                "notification.toolkit.fluxcd.io alerts",
            ];
            const awaited = ["apps replicasets", " pods", " persistentvolumeclaims", " events"];
            assert.deepEqual(
                asked.toSorted(),
                [
                    "* * *",
                    "bind rbac.authorization.k8s.io clusterroles cluster-admin",
                    "update apiextensions.k8s.io customresourcedefinitions",
                    "list apps deployments",
                    "list apiregistration.k8s.io apiservices",
                    "list * * in flux-system",
                    ...awaited.flatMap((kind) => [`list ${kind} in flux-system`, `watch ${kind} in flux-system`]),
                    ...kinds.flatMap((kind) => verbs.map((verb) => `${verb} ${kind}`)),
                ].toSorted(),
            );
        });

        it("are checked for the enabled options, and not for objects that the options leave out", async () => {
            const asked = answering((question) => question !== "* * *");
            const file = join(scratchFolder(), "install.yaml");
            writeFileSync(
                file,
                releaseObjects()
                    .map((it) => stringify(it))
                    .join("---\n"),
            );
            const flux = { manifest: file, storage: { size: "1Gi" }, networkPolicies: false };
            await assert.doesNotReject(look({ "fluxcd:flux": flux }));
            assert.ok(asked.includes("create  persistentvolumeclaims in flux-system"));
            assert.ok(!asked.some((question) => question.includes("networkpolicies")));
        });

        it("do not include listing the namespace if the uninstall keeps the namespace", async () => {
            const asked = answering((question) => question !== "* * *");
            await assert.doesNotReject(look({ "fluxcd:uninstall": { keep: ["namespace"] } }));
            assert.ok(!asked.some((question) => /^list (\* \*|apiregistration)/.test(question)), asked.join("\n"));
        });

        describe("for a Kustomization with its own rules", () => {
            const escalate = "escalate rbac.authorization.k8s.io clusterroles infrastructure-reconciler";
            const bind = "bind rbac.authorization.k8s.io clusterroles infrastructure-reconciler";
            const rules = [
                { apiGroups: [""], resources: ["namespaces", "pods/log"], verbs: ["get"] },
                { nonResourceURLs: ["/livez"], verbs: ["get"] },
            ];
            const withRules = () => look({ "fluxcd:kustomizations": { infrastructure: { rules } } });

            it("require escalate and bind if the user lacks one of the permissions in the rules", async () => {
                answering((question) => !["* * *", escalate, bind, "get  pods/log"].includes(question));
                const says = "of clusterroles.rbac.authorization.k8s.io/infrastructure-reconciler";
                await assert.rejects(withRules(), refusal("fluxcd:context", `escalate ${says}; bind ${says}`));
            });

            it("do not require escalate and bind if the user has every permission in the rules", async () => {
                const asked = answering((question) => !["* * *", escalate, bind].includes(question));
                await assert.doesNotReject(withRules());
                for (const question of ["get  namespaces", "get  pods/log", "get /livez"]) {
                    assert.ok(asked.includes(question), `${question} was not asked`);
                }
            });
        });

        it("that are missing are all refused at once, with verb, kind and the command that checks them", async () => {
            answering(
                (question) =>
                    !["* * *", "create  secrets", "bind rbac.authorization.k8s.io clusterroles cluster-admin"].includes(
                        question,
                    ) && !/^(create|patch) (apps deployments| namespaces)$/.test(question),
            );
            await assert.rejects(look(), (error: Error) => {
                const says =
                    "create, patch of namespaces; create, patch of deployments.apps in flux-system; create of secrets in flux-system; bind of clusterroles.rbac.authorization.k8s.io/cluster-admin";
                refusal("fluxcd:context", says)(error);
                return refusal("fluxcd:context", "fix: kubectl --context dev auth can-i create namespaces")(error);
            });
        });

        it("that are missing are refused with their namespace", async () => {
            answering((question) => question !== "* * *" && question !== "patch  services");
            const command = "kubectl --context dev auth can-i patch services -n flux-system";
            await assert.rejects(look(), refusal("fluxcd:context", command));
        });

        it("that are missing are also refused if the user cannot read the cluster's identity", async () => {
            world.answers.set("GET /api/v1/namespaces/kube-system", 403);
            answering(() => false);
            await assert.rejects(look(), refusal("fluxcd:context", "may not read what the program needs"));
            await assert.rejects(
                look(),
                refusal("fluxcd:context", "get, list, watch, create, patch, delete of namespaces"),
            );
        });

        it("are not assumed if the API server refuses or fails to answer the question", async () => {
            world.answers.set(reviews, 403);
            await assert.rejects(look(), refusal("fluxcd:context", "the user's own rights"));
            world.answers.set(reviews, 500);
            await assert.rejects(look(), refusal("fluxcd:context", "did not answer"));
        });
    });
});
