import assert from "node:assert/strict";

import { parseAllDocuments } from "yaml";

import { blocks } from "../support/documents";
import { fileOf } from "./support/admission";
import { contents, exists, kubectl } from "./support/cluster";
import { devFile } from "./support/dev";
import { assertNoWrites, standIn } from "./support/github";
import { kubeconfigWithToken } from "./support/kubeconfig";
import { labEnvironment } from "./support/lab";
import { run, tail } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

const account = "installer";

interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
}

/** What a refusal lists, as rules: by the namespace, or "" for the whole cluster. */
function rulesOf(output: string): Map<string, Rule[]> {
    const list = /may not do all that the installation does: (.*)$/m.exec(output)?.[1];
    assert.ok(list !== undefined, tail(output));
    const rules = new Map<string, Rule[]>();
    for (const part of list.split("; ")) {
        const [, verbs = "", names = "", namespace = ""] = /^(.+) of (.+?)(?: in (\S+))?$/.exec(part) ?? [];
        for (const name of names.split(", ")) {
            const [, resource = "", group = "", resourceName] = /^([^./]+)\.?([^/]*)(?:\/(.+))?$/.exec(name) ?? [];
            const named = resourceName === undefined ? {} : { resourceNames: [resourceName] };
            const rule = { apiGroups: [group], resources: [resource], ...named, verbs: verbs.split(", ") };
            rules.set(namespace, [...(rules.get(namespace) ?? []), rule]);
        }
    }
    return rules;
}

const rbac = { apiVersion: "rbac.authorization.k8s.io/v1" };
const roleRef = (kind: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name: account });

describe("a cluster user with exactly the rights that the refusal lists", () => {
    let env: NodeJS.ProcessEnv = {};

    before(async () => {
        await mustPulumi("destroy -y --skip-preview", "dev");
        await kubectl("dev", "create", "serviceaccount", account);
        const { stdout } = await kubectl("dev", "create", "token", account, "--duration=2h");
        env = { KUBECONFIG: kubeconfigWithToken("dev", stdout.trim()) };
    });

    after(async () => {
        await kubectl("dev", "delete", "clusterrolebinding,clusterrole", account, "--ignore-not-found");
        await kubectl("dev", "delete", "namespace", "flux-system", "--ignore-not-found");
        await kubectl("dev", "delete", "serviceaccount", account);
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
    });

    /** Ends in time, whatever the provider waits for. */
    async function must(command: string, args: readonly string[] = []): Promise<string> {
        const { code, output } = await pulumi(command, "dev", args, { env, timeoutSeconds: 420 });
        assert.equal(code, 0, `pulumi ${command}:\n${tail(output)}`);
        return output;
    }

    it("is told all of them at once, and gets them", async () => {
        // Only who may read which cluster it is gets to know the rest.
        const { output } = await pulumi("preview", "dev", await devFile(), { env });
        const rules = rulesOf(output);
        await kubectl("dev", "create", "namespace", "flux-system");
        const subjects = [{ kind: "ServiceAccount", name: account, namespace: "default" }];
        for (const [namespace, own] of rules) {
            const kind = namespace === "" ? "ClusterRole" : "Role";
            const metadata = { name: account, ...(namespace !== "" && { namespace }) };
            const role = { ...rbac, kind, metadata, rules: own };
            const binding = { ...rbac, kind: `${kind}Binding`, metadata, roleRef: roleRef(kind), subjects };
            await kubectl("dev", "apply", "-f", fileOf([role, binding]));
        }
        assert.deepEqual([...rules.keys()].sort(), ["", "flux-system"]);
    });

    it("installs Flux", async () => {
        await must("up -y --skip-preview", await devFile({ "fluxcd:flux.existing": "adopt" }));
    });

    it("changes controllers and what they apply, refreshes, and finds nothing to do", async () => {
        const keys = { "fluxcd:flux.existing": "adopt", "fluxcd:fluxVersion": "v2.9.4" };
        const file = await devFile({ ...keys, "fluxcd:kustomizations.apps.interval": "6m" });
        await must("up -y --skip-preview", file);
        await must("refresh -y --skip-preview", file);
        await must("preview --expect-no-changes", file);
    });

    it("takes all of it away again", async () => {
        await must("destroy -y --skip-preview", await devFile({ "fluxcd:flux.existing": "adopt" }));
        assert.ok(!(await exists("dev", "namespace", "flux-system")));
    });
});

describe("a preview with the rights of docs/ci.md, and a token that only reads", () => {
    const reader = "fluxcd-preview";
    const token = "github_pat_that_only_reads";
    let env: NodeJS.ProcessEnv = {};
    let untouched: string[] = [];

    before(async () => {
        await kubectl("dev", "create", "serviceaccount", reader);
        const role = blocks("docs/ci.md").find(({ text }) => text.startsWith("# preview-rights.yaml"));
        const objects = parseAllDocuments(role?.text ?? "").map((it) => it.toJS() as object);
        await kubectl("dev", "apply", "-f", fileOf(objects));
        const { stdout } = await kubectl("dev", "create", "token", reader, "--duration=2h");
        await standIn.addToken({
            ...{ token, kind: "fine-grained", login: "misua" },
            permissions: { metadata: "read", contents: "read", administration: "read", repository_hooks: "read" },
        });
        env = { KUBECONFIG: kubeconfigWithToken("dev", stdout.trim()), GITHUB_TOKEN: token };
        untouched = await contents("dev");
        await standIn.forget();
    });

    after(async () => {
        await standIn.revokeToken(token);
        await kubectl("dev", "delete", "clusterrolebinding,clusterrole", reader);
        await kubectl("dev", "delete", "serviceaccount", reader);
    });

    it("may neither read a Secret nor change anything", async () => {
        for (const right of ["get secrets", "create configmaps", "patch deployments", "delete namespaces"]) {
            const who = `--as=system:serviceaccount:default:${reader}`;
            const asked = ["auth", "can-i", ...right.split(" "), who, "-n", "flux-system"];
            const { stdout } = await run("kubectl", ["--context", "dev", ...asked], { env: labEnvironment() });
            assert.equal(stdout.trim(), "no", right);
        }
    });

    it("shows that nothing changes, and says what it could not check", async () => {
        const { code, output } = await pulumi("preview --expect-no-changes", "dev", await devFile(), { env });
        assert.equal(code, 0, tail(output));
        assert.match(
            output,
            /The user of context dev lacks rights that pulumi up needs: npx fluxcd doctor --stack dev lists them\. .*has not checked .*admission/,
        );
    });

    it("shows the same changes as that of an administrator", async () => {
        const file = await devFile({ "fluxcd:fluxVersion": "v2.9.4", "fluxcd:kustomizations.apps.interval": "6m" });
        const changes = ({ output }: { output: string }) =>
            output.split("\n").filter((line) => /^ *[~+-]+ +\S+:\S+/.test(line));
        const read = await pulumi("preview", "dev", file, { env });
        assert.equal(read.code, 0, tail(read.output));
        assert.ok(changes(read).length > 1, tail(read.output));
        assert.deepEqual(changes(read).sort(), changes(await mustPulumi("preview", "dev", file)).sort());
    });

    it("has written nothing, neither to GitHub nor to the cluster", async () => {
        await assertNoWrites();
        assert.deepEqual(await contents("dev"), untouched);
    });

    it("is followed by an update that is refused, with all rights that it lacks", async () => {
        const { code, output } = await pulumi("up -y --skip-preview", "dev", await devFile(), { env });
        assert.notEqual(code, 0);
        assert.match(
            output,
            /fluxcd:context is "dev"\s+its user may not do all that the installation does: create, patch, delete of/,
        );
        assert.deepEqual(await contents("dev"), untouched);
    });
});
