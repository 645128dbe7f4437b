import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { lexer, type Token, type Tokens } from "marked";
import { parse } from "yaml";

import { applied, assertApplied, exists, get, podinfo, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { Clone } from "./support/git";
import { checkout, tail, waitFor } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

const branch = "intruder";
/** Short enough to wait for what is refused; what is applied takes less. */
const timeout = "30s";
const reconciler = (name: string) => `system:serviceaccount:flux-system:${name}-reconciler`;

const clusterRole = (name: string, resource: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${name}
rules:
  - apiGroups: [""]
    resources: [${resource}]
    verbs: [get]
`;
const configMap = (namespace: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: intruder
  namespace: ${namespace}
`;

/** The rules that the documentation shows for the scaffold. */
function documentedRules(): unknown {
    const isYaml = (token: Token): token is Tokens.Code => token.type === "code" && token.lang === "yaml";
    const shown = lexer(readFileSync(join(checkout, "docs/access.md"), "utf8")).filter(isYaml);
    const { config } = parse(shown.find(({ text }) => text.includes("rules:"))?.text ?? "") as {
        config: { "fluxcd:kustomizations": { infrastructure: { rules: unknown } } };
    };
    return config["fluxcd:kustomizations"].infrastructure.rules;
}

/** Pushes a branch whose overlay of dev has one more object, on top of main. */
async function push(clone: Clone, folder: string, object: string): Promise<string> {
    await clone.git("checkout", "--quiet", "-B", branch, "origin/main");
    clone.edit(`${folder}/kustomization.yaml`, (text) =>
        text.replace("resources:\n", "resources:\n  - intruder.yaml\n"),
    );
    clone.write(`${folder}/intruder.yaml`, object);
    await clone.git("add", "--all");
    await clone.git("commit", "--quiet", "-m", "One more object");
    await clone.git("push", "--quiet", "--force", "origin", branch);
    return clone.head();
}

async function says(kustomization: string, words: readonly string[]): Promise<void> {
    await waitFor(`${kustomization} is refused`, 60, async () => {
        const { ready } = await applied("dev", kustomization);
        assert.equal(ready?.status, "False");
        for (const word of words) {
            assert.ok(ready.message.includes(word), `"${word}" is not in: ${ready.message}`);
        }
    });
}

describe("the rights of apps", () => {
    const folder = "apps/overlays/dev/podinfo";
    let clone: Clone;
    let ran: { uid: string; generation: number; revision: string | undefined };

    async function runs() {
        const { metadata } = await podinfo("dev");
        const { revision } = await applied("dev", "apps");
        return { uid: metadata.uid, generation: metadata.generation, revision };
    }

    const refused = (verbAndKind: string, group: string, where: string) => [
        "forbidden",
        `User "${reconciler("apps")}" cannot ${verbAndKind} in API group "${group}" ${where}`,
    ];

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        clone = await Clone.of("fluxcd-apps");
        ran = await runs();
    });

    it("end before a ClusterRole, which pulumi up says in Kubernetes' own words", async () => {
        await push(clone, folder, clusterRole("everything", "secrets"));
        const args = await devFile({
            "fluxcd:sources.apps.branch": branch,
            "fluxcd:kustomizations.apps.timeout": timeout,
        });
        const { code, output } = await pulumi("up -y --skip-preview", "dev", args);
        assert.notEqual(code, 0);
        const words = refused('patch resource "clusterroles"', "rbac.authorization.k8s.io", "at the cluster scope");
        for (const word of ["Flux says of Kustomization flux-system/apps", ...words]) {
            assert.ok(output.includes(word), tail(output));
        }
        await says("apps", words);
    });

    for (const namespace of ["flux-system", "default"]) {
        it(`end before the namespace ${namespace}`, async () => {
            await push(clone, folder, configMap(namespace));
            await reconcile("dev", "gitrepository", "apps");
            await says("apps", refused('patch resource "configmaps"', "", `in the namespace "${namespace}"`));
            assert.equal(await exists("dev", "-n", namespace, "configmap", "intruder"), false);
        });
    }

    it("and what ran before goes on running, at the revision it had", async () => {
        assert.deepEqual(await runs(), ran);
        assert.equal(await exists("dev", "clusterrole", "everything"), false);
    });

    it("let everything through that is theirs, once the rest is taken back", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await clone.git("push", "--quiet", "origin", "--delete", branch);
        await waitFor("main is applied", 60, () => assertApplied("dev", "apps", ran.revision ?? ""));
        assert.deepEqual(await runs(), ran);
    });
});

describe("infrastructure with rules", () => {
    const folder = "infrastructure/overlays/dev";
    const rules = documentedRules();
    let clone: Clone;

    before(async () => {
        clone = await Clone.of("fluxcd-infrastructure");
    });

    it("applies what they allow, with the rules that the documentation shows for the scaffold", async () => {
        const commit = await push(clone, folder, configMap("podinfo"));
        const args = await devFile(
            { "fluxcd:sources.infrastructure.branch": branch },
            { "fluxcd:kustomizations.infrastructure": { rules, timeout } },
        );
        await mustPulumi("up -y --skip-preview", "dev", args);
        await assertApplied("dev", "infrastructure", `${branch}@sha1:${commit}`);
        assert.ok(await exists("dev", "-n", "podinfo", "configmap", "intruder"));
    });

    it("limits the second folder of the repository by the same rules", async () => {
        const account = "infrastructure-configs-reconciler";
        interface Limited {
            readonly spec: { readonly serviceAccountName?: string };
            readonly rules: readonly unknown[];
        }
        const { spec } = await get<Limited>("dev", "-n", "flux-system", "kustomization", "infrastructure-configs");
        assert.equal(spec.serviceAccountName, account);
        const [first, second] = await Promise.all(
            ["infrastructure-reconciler", account].map((name) => get<Limited>("dev", "clusterrole", name)),
        );
        assert.deepEqual(second?.rules, first?.rules);
    });

    it("is refused a kind that is in none of them", async () => {
        await push(
            clone,
            folder,
            "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: it\nhandler: runc\n",
        );
        await reconcile("dev", "gitrepository", "infrastructure");
        await says("infrastructure", [
            `User "${reconciler("infrastructure")}" cannot patch resource "runtimeclasses" in API group "node.k8s.io" at the cluster scope`,
        ]);
    });

    it("is refused a role with rights that it has not itself", async () => {
        await push(clone, folder, clusterRole("nodes", "nodes"));
        await reconcile("dev", "gitrepository", "infrastructure");
        await says("infrastructure", [
            `user "${reconciler("infrastructure")}"`,
            "is attempting to grant RBAC permissions not currently held",
            "nodes",
        ]);
    });

    it("leaves nothing of its account behind when the rules are taken away", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await clone.git("push", "--quiet", "origin", "--delete", branch);
        await waitFor("infrastructure is applied", 60, async () => {
            assert.equal((await applied("dev", "infrastructure")).ready?.status, "True");
        });
        assert.equal(await exists("dev", "-n", "podinfo", "configmap", "intruder"), false);
        for (const account of ["infrastructure-reconciler", "infrastructure-configs-reconciler"]) {
            assert.equal(await exists("dev", "clusterrole", account), false);
            assert.equal(await exists("dev", "clusterrolebinding", account), false);
            assert.equal(await exists("dev", "-n", "flux-system", "serviceaccount", account), false);
        }
    });
});
