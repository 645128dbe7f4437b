import assert from "node:assert/strict";

import { isGranted, neededFor } from "../../checks/accountRights";
import { apps, infrastructure, look, repositoriesOf } from "../support/repositories";
import { refusal } from "../support/refusal";
import type { Made } from "../support/state";
import { startWorld, type World } from "../support/world";

const object = (kind: string, name: string, namespace = "", apiVersion = "v1") =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${namespace && `  namespace: ${namespace}\n`}`;
const folder = "apps/overlays/dev";
const account = "fluxcd:kustomizations.apps.serviceAccountName";
const review = "POST /apis/authorization.k8s.io/v1/subjectaccessreviews";

describe("The objects that Flux would apply", () => {
    let world: World;
    const on = () => repositoriesOf(world);

    beforeEach(async () => {
        world = await startWorld();
        // The stack creates the infrastructure repository, whose first content binds the account in podinfo.
        world.answers.set(infrastructure, 404);
    });

    afterEach(async () => {
        await world.close();
    });

    const applying = (...objects: string[]) => {
        on().content({ [`${folder}/all.yaml`]: objects.join("---\n") });
    };

    it("may be refused to the account of the apps: their own Namespace, with two fixes", async () => {
        applying(object("Namespace", "hello"), object("Deployment", "hello", "hello", "apps/v1"));
        const says =
            "the account apps-reconciler may not create Namespace hello, Deployment hello/hello of misua/fluxcd-apps, and Flux would apply nothing of it\n" +
            "    fix: move the namespace to misua/fluxcd-infrastructure, as docs/apps.md shows   " +
            "(or let Flux apply it with all rights in the cluster: pulumi config rm --stack dev --path 'fluxcd:kustomizations.apps.serviceAccountName')";
        await assert.rejects(look(), refusal(account, says));
    });

    for (const [what, kind, namespace, apiVersion] of [
        ["in another namespace", "Deployment", "hello", "apps/v1"],
        ["of a kind that its role lacks", "Role", "podinfo", "rbac.authorization.k8s.io/v1"],
        ["that lifts a limit", "ResourceQuota", "podinfo", "v1"],
        ["of the whole cluster", "ClusterRole", "", "rbac.authorization.k8s.io/v1"],
        ["of a definition", "Certificate", "podinfo", "cert-manager.io/v1"],
    ] as const) {
        it(`may be refused to the account of the apps: one ${what}`, async () => {
            applying(object(kind, "it", namespace, apiVersion));
            await assert.rejects(look(), refusal(account, `may not create ${kind}`));
        });
    }

    it("are accepted in the namespaces that the infrastructure binds the account in", async () => {
        applying(
            object("Deployment", "hello", "podinfo", "apps/v1"),
            object("Ingress", "hello", "podinfo", "networking.k8s.io/v1"),
        );
        await assert.doesNotReject(look());
    });

    it("are accepted with all rights of Flux", async () => {
        applying(object("Namespace", "hello"));
        await assert.doesNotReject(look({ "fluxcd:kustomizations": {} }));
    });

    it("are accepted if the cluster allows the account what the repositories do not grant", async () => {
        applying(object("Namespace", "hello"));
        const asked: unknown[] = [];
        world.answers.set(review, ({ spec }: { spec: unknown }) => {
            asked.push(spec);
            return { status: { allowed: true } };
        });
        await assert.doesNotReject(look());
        assert.deepEqual(asked[0], {
            user: "system:serviceaccount:flux-system:apps-reconciler",
            resourceAttributes: { verb: "create", group: "", resource: "namespaces" },
        });
    });

    it("are accepted from the second update on, when Flux itself says what it refuses", async () => {
        applying(object("Namespace", "hello"));
        const made: Made = ["fluxcd:flux:Kustomization", "apps"];
        await assert.doesNotReject(look({}, [made]));
    });

    it("are judged by the rules of the Kustomization if the stack makes its account", async () => {
        on().content({ "deploy/all.yaml": object("Namespace", "hello") });
        world.answers.set(`${apps}/contents/deploy?ref=${"1".repeat(40)}`, []);
        const rules = (resources: string[]) => ({
            "fluxcd:kustomizations": {
                apps: { serviceAccountName: "apps-reconciler", path: "./none", suspend: true },
                hello: {
                    source: "apps",
                    path: "./deploy",
                    rules: [{ apiGroups: [""], resources, verbs: ["*"] }],
                },
            },
        });
        await assert.rejects(
            look(rules(["configmaps"])),
            refusal(
                "fluxcd:kustomizations.hello.rules",
                "pulumi config set --stack dev --path 'fluxcd:kustomizations.hello.rules[1]'",
            ),
        );
        await assert.doesNotReject(look(rules(["configmaps", "namespaces"])));
    });

    describe("with an infrastructure repository that exists", () => {
        const configs = { "infrastructure/configs/overlays/dev/kustomization.yaml": "resources: []\n" };
        const content = (texts: Readonly<Record<string, string>>) => {
            const path = "infrastructure/overlays/dev";
            world.answers.set(infrastructure, { clone_url: "", ssh_url: "", html_url: "", node_id: "" });
            const files = Object.entries(texts).map(([name, text]) => [`${path}/${name}`, text] as const);
            on().content({ ...configs, ...(Object.fromEntries(files) as Record<string, string>) }, infrastructure);
        };
        const binding = (role: string, kind = "RoleBinding", namespace = "hello") =>
            `${object(kind, "it", kind === "RoleBinding" ? namespace : "", "rbac.authorization.k8s.io/v1")}roleRef: {kind: ClusterRole, name: ${role}}\nsubjects: [{kind: ServiceAccount, name: apps-reconciler, namespace: flux-system}]\n`;
        const role = `${object("ClusterRole", "deployers", "", "rbac.authorization.k8s.io/v1")}rules: [{apiGroups: [apps], resources: ["*"], verbs: [create, patch]}]\n`;

        for (const [what, texts, isAccepted] of [
            ["a role of its own", { "a.yaml": role, "b.yaml": binding("deployers") }, true],
            ["a role that the cluster has, such as admin", { "b.yaml": binding("admin") }, true],
            ["a role for the cluster", { "a.yaml": role, "b.yaml": binding("deployers", "ClusterRoleBinding") }, true],
            [
                "a role in another namespace",
                { "a.yaml": role, "b.yaml": binding("deployers", "RoleBinding", "x") },
                false,
            ],
            [
                "an account without a role",
                { "a.yaml": object("ServiceAccount", "apps-reconciler", "flux-system") },
                false,
            ],
            ["something that only a build resolves", { "kustomization.yaml": "helmCharts: [{name: rbac}]" }, true],
        ] as const) {
            it(`are ${isAccepted ? "accepted" : "refused"} with ${what}`, async () => {
                applying(object("Deployment", "hello", "hello", "apps/v1"));
                const sa = { "sa.yaml": object("ServiceAccount", "apps-reconciler", "flux-system") };
                content("kustomization.yaml" in texts ? texts : { ...sa, ...texts });
                if (isAccepted) {
                    await assert.doesNotReject(look());
                } else {
                    await assert.rejects(look(), refusal(account, "Deployment hello/hello"));
                }
            });
        }
    });

    describe("of Flux itself", () => {
        const key = "fluxcd:kustomizations.apps.path";
        for (const [kind, name, namespace, apiVersion] of [
            ["Kustomization", "flux-system", "flux-system", "kustomize.toolkit.fluxcd.io/v1"],
            ["GitRepository", "flux-system", "flux-system", "source.toolkit.fluxcd.io/v1"],
            ["Kustomization", "apps", "flux-system", "kustomize.toolkit.fluxcd.io/v1"],
            ["GitRepository", "infrastructure", "flux-system", "source.toolkit.fluxcd.io/v1"],
            ["Deployment", "source-controller", "flux-system", "apps/v1"],
            ["Namespace", "flux-system", "", "v1"],
            ["CustomResourceDefinition", "kustomizations.kustomize.toolkit.fluxcd.io", "", "apiextensions.k8s.io/v1"],
        ] as const) {
            it(`are refused: ${kind} ${name}`, async () => {
                on().content({ [`${folder}/flux-system/gotk-sync.yaml`]: object(kind, name, namespace, apiVersion) });
                const says = `would change Flux itself or this stack's objects: ${kind}`;
                await assert.rejects(look({ "fluxcd:kustomizations": {} }), refusal(key, says));
            });
        }

        it("are accepted outside of the folder, and under other names", async () => {
            on().content({
                "clusters/dev/flux-system/gotk-sync.yaml": object("Namespace", "flux-system"),
                [`${folder}/it.yaml`]: object("GitRepository", "team", "flux-system", "source.toolkit.fluxcd.io/v1"),
            });
            await assert.doesNotReject(look({ "fluxcd:kustomizations": {} }));
        });
    });
});

describe("The right to apply an object", () => {
    for (const [kind, resource] of [
        ["Ingress", "ingresses"],
        ["NetworkPolicy", "networkpolicies"],
        ["Gateway", "gateways"],
        ["Endpoints", "endpoints"],
        ["Prefix", "prefixes"],
    ] as const) {
        it(`to a ${kind} is one to ${resource}`, () => {
            const needed = neededFor({ apiVersion: "a/v1", kind, name: "it", namespace: "n", raw: {} });
            assert.deepEqual(needed, { group: "a", resource, namespace: "n" });
        });
    }

    it("is not granted by a rule for names, or by one verb of the two", () => {
        const needed = { group: "", resource: "secrets", namespace: "n" };
        const rule = (verbs: string[], more: object = {}) => [
            { namespace: "n", rules: [{ apiGroups: [""], resources: ["secrets"], verbs, ...more }] },
        ];
        assert.equal(isGranted(rule(["create"]), needed), false);
        assert.equal(isGranted(rule(["create", "patch"], { resourceNames: ["a"] }), needed), false);
        assert.equal(isGranted([...rule(["create"]), ...rule(["patch"])], needed), true);
    });
});
