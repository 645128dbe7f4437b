import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import { metricsInUse, notOfControllers, resourceMetrics } from "../support/metrics";
import { assertApplied, get, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { namesOf } from "./support/flux";
import { Clone } from "./support/git";
import { api, standIn } from "./support/github";
import { controllers, variable } from "./support/lab";
import { report } from "./support/report";
import { waitFor } from "./support/run";
import { type Message, read, type Type, types } from "./support/messages";
import { madeSecrets } from "./support/secrets";
import { mustPulumi, setSecret } from "./support/stack";

const overlay = "apps/overlays/dev/podinfo/kustomization.yaml";
const token = `github_pat_${randomBytes(18).toString("hex")}`;
/** The end of each webhook's address, which nobody else knows. Each notification has the name of its type. */
const ends = Object.fromEntries(types.map((type) => [type, randomBytes(18).toString("hex")])) as Record<Type, string>;
const notifications = Object.fromEntries(
    types.map((type) => [type, { type, ...(type === "msteams" && { severity: "error" }) }]),
);

/** What has come of a type, about the apps. */
async function messages(type: Type): Promise<Message[]> {
    const letters = (await standIn.inbox()).filter(({ to }) => to.startsWith(ends[type]));
    return letters
        .map(({ body }) => read[type](body))
        .filter(({ about }) => about === "kustomization/apps.flux-system");
}

interface Status {
    readonly state: string;
    readonly context: string;
    readonly description: string;
}

async function statuses(commit: string): Promise<string[]> {
    const found = await api<Status[]>(`/repos/misua/fluxcd-apps/commits/${commit}/statuses`);
    return found.map(({ context, state, description }) => `${context} ${state}: ${description}`);
}

describe("notifications", () => {
    let clone: Clone;
    let args: string[];
    let broken = "";

    before(async () => {
        madeSecrets.push(["the token for commit statuses", token]);
        madeSecrets.push(...Object.values(ends).map((end): [string, string] => ["the address of a webhook", end]));
        await standIn.addToken({
            token,
            kind: "fine-grained",
            login: "flux-reporter",
            permissions: { statuses: "write" },
        });
        args = await devFile({ "fluxcd:notifications": notifications, "fluxcd:commitStatus": "token" });
        const [, file = ""] = args;
        await setSecret("dev", file, "fluxcd:commitStatusToken", token);
        for (const type of types) {
            const address = `${variable("LAB_GITHUB_URL")}/_lab/inbox/${ends[type]}`;
            await setSecret("dev", file, `fluxcd:notificationAddresses.${type}`, address);
        }
        const { seconds } = await mustPulumi("up -y", "dev", args);
        report("up of dev with four notifications and commit statuses", seconds);
        clone = await Clone.of("fluxcd-apps");
        await standIn.emptyInbox();
    });
    after(async () => {
        clone.edit(overlay, (text) => text.replace("podinfo in dev, fixed", "podinfo in dev"));
        const commit = await clone.push("Say again what podinfo said");
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("dev runs the commit", 60, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        assert.deepEqual(await namesOf("dev", "providers.notification.toolkit.fluxcd.io"), []);
        assert.deepEqual(await namesOf("dev", "alerts.notification.toolkit.fluxcd.io"), []);
        const secrets = await namesOf("dev", "secrets");
        assert.deepEqual(
            secrets.filter((name) => /notification|commit-status/.test(name)),
            [],
        );
    });

    it("change nothing a second time", async () => {
        await mustPulumi("preview --expect-no-changes", "dev", args);
    });

    describe("of a commit that cannot be applied", () => {
        before(async () => {
            clone.edit(overlay, (text) => text.replace("behavior: merge", "behavior: merged"));
            broken = await clone.push("Break the settings of podinfo");
            await reconcile("dev", "gitrepository", "apps");
        });

        for (const type of types) {
            it(`come as an error that names the environment: ${type}`, async () => {
                const { text, fields } = await waitFor("the message", 60, async () => {
                    const found = (await messages(type)).find(({ isError }) => isError);
                    assert.ok(found);
                    return found;
                });
                assert.match(text, /kustomize build failed/);
                const { environment, cluster, revision } = fields;
                const expected = { environment: "dev", cluster: "dev", revision: `main@sha1:${broken}` };
                assert.deepEqual({ environment, cluster, revision }, expected);
            });
        }

        it("make the commit a failure on GitHub, in a context of the environment", async () => {
            await waitFor("the status", 30, async () => {
                assert.deepEqual(await statuses(broken), ["flux/dev/apps failure: build failed"]);
            });
        });
    });

    describe("of its recovery", () => {
        let fixed = "";

        before(async () => {
            clone.edit(overlay, (text) =>
                text.replace("behavior: merged", "behavior: merge").replace("podinfo in dev", "podinfo in dev, fixed"),
            );
            fixed = await clone.push("Fix the settings of podinfo");
            await reconcile("dev", "gitrepository", "apps");
            await waitFor("dev is ready again", 60, () => assertApplied("dev", "apps", `main@sha1:${fixed}`));
        });

        for (const type of types.filter((it) => it !== "msteams")) {
            it(`come as what has changed: ${type}`, async () => {
                await waitFor("the message", 30, async () => {
                    const good = (await messages(type)).filter(({ isError }) => !isError);
                    const found = good.find(({ text }) => text.includes("Deployment/podinfo/podinfo configured"));
                    assert.equal(found?.fields.environment, "dev");
                    assert.equal(found.fields.revision, `main@sha1:${fixed}`);
                });
            });
        }

        it("come as the end of the reconciliation to a webhook of one's own", async () => {
            await waitFor("the message", 30, async () => {
                const found = (await messages("generic")).find(({ text }) =>
                    text.startsWith("Reconciliation finished"),
                );
                assert.equal(found?.fields.revision, `main@sha1:${fixed}`);
            });
        });

        it("make the commit a success on GitHub", async () => {
            await waitFor("the status", 30, async () => {
                assert.deepEqual(await statuses(fixed), ["flux/dev/apps success: reconciliation succeeded"]);
            });
        });

        it("do not come where only errors are told, and never of a wait for the infrastructure", async () => {
            assert.deepEqual(
                (await messages("msteams")).filter(({ isError }) => !isError),
                [],
            );
            const all = (await Promise.all(types.map(messages))).flat().map(({ text }) => text);
            assert.deepEqual(
                all.filter((text) => text.startsWith("Dependencies")),
                [],
            );
        });
    });
});

interface Definition {
    readonly spec: {
        readonly group: string;
        readonly names: { readonly kind: string };
        readonly versions: readonly { readonly name: string; readonly served: boolean }[];
    };
}

describe("the metrics of the scaffold", () => {
    it("are names that the controllers have", async () => {
        const running = (await controllers()).filter(({ cluster }) => cluster === "dev");
        assert.equal(running.length, 4);
        const pages = running.map(async ({ ports }) => {
            const response = await fetch(`http://127.0.0.1:${ports["8080"] ?? 0}/metrics`);
            return response.text();
        });
        const exposed = (await Promise.all(pages)).flatMap((text) => text.match(/^[a-z_]+(?=[{ ])/gm) ?? []);
        const wanted = metricsInUse().filter((name) => !notOfControllers.includes(name));
        assert.ok(wanted.length > 5);
        assert.deepEqual(
            wanted.filter((name) => !exposed.includes(name)),
            [],
        );
    });

    it("are of kinds and versions that the cluster has", async () => {
        const { items } = await get<{ items: Definition[] }>("dev", "crds");
        const served = items.flatMap(({ spec: { group, names, versions } }) =>
            versions.filter((version) => version.served).map(({ name }) => `${group}/${name} ${names.kind}`),
        );
        const asked = resourceMetrics()
            .map(({ groupVersionKind: { group, version, kind } }) => `${group}/${version} ${kind}`)
            // Of controllers that are not installed.
            .filter((kind) => !kind.startsWith("image."));
        assert.ok(asked.length > 5);
        assert.deepEqual(
            asked.filter((kind) => !served.includes(kind)),
            [],
        );
    });
});
