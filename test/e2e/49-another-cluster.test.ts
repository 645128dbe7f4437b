import assert from "node:assert/strict";
import { devNull } from "node:os";

import { assertAvailable, type Context, contents, get, podinfo } from "./support/cluster";
import { devFile } from "./support/dev";
import { assertNoWrites, deployKeys, standIn } from "./support/github";
import { kubeconfigNaming, kubeconfigPointing } from "./support/kubeconfig";
import { alone } from "./support/promotion";
import { report } from "./support/report";
import { tail } from "./support/run";
import { configFile, mustPulumi, pulumi } from "./support/stack";

/** A stack that follows main, so that no release has to be made for it, in a context of any name. */
function following(stack: Context, set: object = {}): string[] {
    const main = { branch: "main", tag: undefined };
    const changed = { "fluxcd:sources.infrastructure": main, "fluxcd:sources.apps": main };
    return ["--config-file", configFile(stack, { ...alone, "fluxcd:environment": "dev", ...set }, changed)];
}

async function uidOf(context: Context): Promise<string> {
    return (await get<{ metadata: { uid: string } }>(context, "namespace", "kube-system")).metadata.uid;
}

/** Names and uids of what a destroy, an update or a refresh on the wrong cluster could touch, in both. */
function touchable(): Promise<unknown> {
    return Promise.all([contents("staging"), contents("production"), keys()]);
}

async function keys(): Promise<string[]> {
    return (await deployKeys("fluxcd-apps")).map(({ key, title }) => `${key} ${title}`).sort();
}

async function resourceTypes(): Promise<string[]> {
    const { stdout } = await mustPulumi("stack export", "staging");
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { type: string }[] } };
    return (deployment.resources ?? []).map(({ type }) => type);
}

const variables = { KUBECONFIG: devNull, PULUMI_K8S_DELETE_UNREACHABLE: "true" };

describe("A stack whose context leads to another cluster, with a Flux of its own", () => {
    let KUBECONFIG = "";
    let another: RegExp;

    before(async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        for (const stack of ["staging", "production"] as const) {
            await mustPulumi("destroy -y --skip-preview", stack);
            await mustPulumi("up -y --skip-preview", stack, following(stack));
        }
        KUBECONFIG = kubeconfigPointing("staging", "production");
        const [of, to] = await Promise.all([uidOf("staging"), uidOf("production")]);
        another = new RegExp(`context staging leads to the one with kube-system uid ${to}; .* are in ${of}`);
    });

    const refused = async (
        command: string,
        says: readonly RegExp[],
        args: readonly string[] = [],
        env: object = {},
    ) => {
        const before = await touchable();
        await standIn.forget();
        const { code, output, seconds } = await pulumi(command, "staging", args, { env: { KUBECONFIG, ...env } });
        assert.notEqual(code, 0, tail(output));
        for (const words of says) {
            assert.match(output, words);
        }
        await assertNoWrites();
        assert.deepEqual(await touchable(), before);
        return seconds;
    };

    const ways = [/point staging back at it/, /KUBECONFIG=\/dev\/null .*=true pulumi destroy --stack staging$/m];
    const dependents = "--target **::flux-deployment-source-controller --target-dependents";

    for (const [name, more] of [
        ["destroy", ""],
        ["destroy --exclude-protected", "--exclude-protected"],
        ["destroy of a part with all that depends on it", dependents],
        ["destroy of all but a part", "--exclude **::flux-namespace-flux-system"],
    ] as const) {
        it(`is refused its ${name}, and no cluster and no key is touched`, async () => {
            const seconds = await refused(
                "destroy -y --skip-preview",
                [another, ...ways],
                more.split(" ").filter(Boolean),
            );
            report(`${name} that is refused in another cluster`, seconds);
        });
    }

    it("is refused the destroy of a part alone, as anywhere: the check hangs on every part", () =>
        refused("destroy -y --skip-preview --target **::infrastructure-kustomization", [
            /uninstall-check' will be destroyed but was not specified in --target list/,
        ]));

    it("is refused its destroy also where the person says that the cluster is gone", () =>
        refused("destroy -y --skip-preview", [another, ...ways], [], { PULUMI_K8S_DELETE_UNREACHABLE: "true" }));

    it("is refused up, which says how to leave and how to move", () =>
        refused(
            "up -y --skip-preview",
            [
                /This is another cluster than last time/,
                /point it back and run pulumi destroy --stack staging first/,
                /KUBECONFIG=\/dev\/null .*=true pulumi refresh --stack staging && pulumi config set --stack staging fluxcd:clusterUid/,
            ],
            following("staging"),
        ));

    it("is refused up also where config names that cluster, while the state has objects of the old one", async () => {
        const accepted = { "fluxcd:clusterUid": await uidOf("production"), "fluxcd:flux.existing": "adopt" };
        await refused(
            "up -y --skip-preview",
            [/This is another cluster than last time/],
            following("staging", accepted),
        );
    });

    it("is refused up of a part", () =>
        refused(
            "up -y --skip-preview --target **::infrastructure-kustomization",
            [/must not take a release past its gate/, /the cluster from [-0-9a-f]{36} to [-0-9a-f]{36}/],
            following("staging"),
        ));

    const fixed = /fix the state: pulumi up --stack staging$/m;

    for (const command of ["preview --refresh", "up -y --skip-preview --refresh", "refresh -y --skip-preview"]) {
        it(`is refused ${command}, which says how to fix the state`, () =>
            refused(command, [another, fixed], command.startsWith("refresh") ? [] : following("staging")));
    }

    it("loses nothing by that: pointed back, up fixes the state and leaves Flux and its workload as they are", async () => {
        const names = ["-n", "flux-system", "gitrepositories,kustomizations,deployments"] as const;
        const uids = async () =>
            (await get<{ items: { metadata: { uid: string } }[] }>("staging", ...names)).items.map(
                ({ metadata }) => metadata.uid,
            );
        const [before, workload, keysBefore] = [await uids(), await podinfo("staging"), await keys()];
        await mustPulumi("up -y --skip-preview", "staging", following("staging"));
        await mustPulumi("preview --refresh --expect-no-changes", "staging", following("staging"));
        assert.deepEqual(await uids(), before);
        assert.equal((await podinfo("staging")).metadata.uid, workload.metadata.uid);
        assert.deepEqual(await keys(), keysBefore);
    });
});

describe("A context that has another name now", () => {
    let KUBECONFIG = "";
    const renamed = following("staging", { "fluxcd:context": "renamed" });

    before(() => {
        KUBECONFIG = kubeconfigNaming("staging", ["renamed"]);
    });

    it("goes on in the same cluster, and changes nothing there", async () => {
        const before = await contents("staging");
        const { code, output } = await pulumi("up -y --skip-preview", "staging", renamed, { env: { KUBECONFIG } });
        assert.equal(code, 0, tail(output));
        assert.deepEqual(await contents("staging"), before);
    });

    it("is missed by destroy where the kubeconfig has lost it, which says how to go on", async () => {
        const { code, output } = await pulumi("destroy -y --skip-preview", "staging");
        assert.notEqual(code, 0);
        assert.match(output, /context renamed cannot be reached: the kubeconfig has no context renamed/);
        assert.match(output, /pulumi config set --stack staging fluxcd:context <context>/);
    });

    it("is followed by that", async () => {
        await mustPulumi("up -y --skip-preview", "staging", following("staging"));
        await mustPulumi("preview --refresh --expect-no-changes", "staging", following("staging"));
    });
});

describe("A cluster that is gone for good, with another one at its context", () => {
    let KUBECONFIG = "";
    let moved: string[] = [];

    before(async () => {
        await mustPulumi("destroy -y --skip-preview", "production");
        KUBECONFIG = kubeconfigPointing("staging", "production");
        moved = following("staging", { "fluxcd:clusterUid": await uidOf("production") });
    });

    it("is forgotten with one command, which touches neither cluster, no key and no repository", async () => {
        const before = await touchable();
        await standIn.forget();
        const { code, output } = await pulumi("refresh -y", "staging", [], { env: variables });
        assert.equal(code, 0, tail(output));
        await assertNoWrites();
        assert.deepEqual(await touchable(), before);
        const types = await resourceTypes();
        assert.deepEqual(
            types.filter((type) => type.startsWith("kubernetes:") || type.endsWith("UninstallStep")),
            [],
        );
        assert.ok(types.includes("pulumi:index:Stash"));
        assert.equal(types.filter((type) => type === "github:index/repositoryDeployKey:RepositoryDeployKey").length, 2);
    });

    it("is followed by the next one once config names it, with the same keys", async () => {
        const before = await keys();
        const { code, output } = await pulumi("up -y --skip-preview", "staging", moved, { env: { KUBECONFIG } });
        assert.equal(code, 0, tail(output));
        await assertAvailable("production", 1);
        assert.deepEqual(await keys(), before);
        const again = await pulumi("preview --refresh --expect-no-changes", "staging", moved, { env: { KUBECONFIG } });
        assert.equal(again.code, 0, tail(again.output));
    });

    it("ends its stack with one command, which revokes its keys and touches no cluster", async () => {
        const before = await Promise.all([contents("staging"), contents("production")]);
        const { code, output, seconds } = await pulumi("destroy -y", "staging", [], { env: variables });
        report("destroy of a stack whose cluster is gone", seconds);
        assert.equal(code, 0, tail(output));
        assert.deepEqual(await Promise.all([contents("staging"), contents("production")]), before);
        assert.deepEqual(
            (await keys()).filter((key) => key.endsWith("flux-staging")),
            [],
        );
        assert.deepEqual(await resourceTypes(), []);
    });
});

describe("A Flux that was forgotten, in a cluster that is there after all", () => {
    after(async () => {
        // As it was before, so that other specs find a staging without Flux.
        await mustPulumi("up -y --skip-preview", "staging", following("staging", { "fluxcd:flux.existing": "adopt" }));
        await mustPulumi("destroy -y --skip-preview", "staging");
    });

    it("is not taken over unasked by a stack without a state, which says what to set", async () => {
        assert.deepEqual(await resourceTypes(), []);
        const before = await touchable();
        const { code, output } = await pulumi("up -y --skip-preview", "staging", following("staging"));
        assert.notEqual(code, 0);
        assert.match(
            output,
            /fix: .*pulumi config set --stack staging --path 'fluxcd:flux\.existing' adopt/,
            tail(output),
        );
        assert.deepEqual(await touchable(), before);
    });
});
