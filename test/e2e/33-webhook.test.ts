import assert from "node:assert/strict";

import { kubectl } from "./support/cluster";
import { devFile } from "./support/dev";
import { repositories } from "./support/fetching";
import { inFlux, namesOf } from "./support/flux";
import { Clone, type RepositoryName, sourceOf } from "./support/git";
import { assertNoWrites, standIn } from "./support/github";
import { report } from "./support/report";
import { madeSecrets } from "./support/secrets";
import { mustPulumi, pulumi } from "./support/stack";
import { asked, deliveries, type Hook, hooksOf, host, type Receiver, receivers, send } from "./support/webhook";

/** Too long to be what brings a push into the cluster. */
const interval = "30m";

const withWebhook = (generation = 1) =>
    devFile(
        { "fluxcd:webhook": { url: `https://${host}`, generation } },
        { "fluxcd:sources.infrastructure": { interval }, "fluxcd:sources.apps": { interval } },
    );

async function theHook(repository: RepositoryName): Promise<Hook> {
    const [hook, ...others] = await hooksOf(repository);
    assert.ok(hook);
    assert.deepEqual(others, []);
    return hook;
}

async function theReceiver(): Promise<Receiver> {
    const [receiver, ...others] = await receivers();
    assert.ok(receiver);
    assert.deepEqual(others, []);
    const { path, token } = receiver;
    const digest = path.replace("/hook/", "");
    assert.match(digest, /^[0-9a-f]{64}$/);
    madeSecrets.push(
        ["a webhook's secret", token],
        ["a webhook's secret in hex", Buffer.from(token).toString("hex")],
        ["a webhook's secret in base64, as the cluster has it", Buffer.from(token).toString("base64")],
        ["a webhook's path", digest],
    );
    return receiver;
}

describe("a webhook", () => {
    let first: Receiver;
    let apps: Clone;

    after(standIn.heal);

    it("that GitHub has already, from an update that was interrupted, is told of with what to do", async () => {
        const message = "Hook already exists on this repository";
        const body = { message: "Validation Failed", errors: [{ resource: "Hook", code: "custom", message }] };
        await standIn.fault({ match: { method: "POST", path: "fluxcd-apps/hooks$" }, status: 422, body });
        const { code, output } = await pulumi("up -y --skip-preview", "dev", await withWebhook());
        assert.notEqual(code, 0);
        await standIn.assertStruck();
        assert.match(output, /Delete the webhook to the address of fluxcd:webhook\.url of stack dev on GitHub/);
        await standIn.heal();
    });

    it("is refused before anything is touched, where the token may not make one", async () => {
        const permissions = { administration: "write", contents: "write" };
        await standIn.addToken({ token: "without-webhooks", kind: "fine-grained", permissions });
        const env = { GITHUB_TOKEN: "without-webhooks" };
        const { code, output } = await pulumi("preview", "dev", await withWebhook(), { env });
        assert.notEqual(code, 0);
        assert.match(output, /misua\/fluxcd-apps, and the token may not see its webhooks: Resource not accessible/);
        assert.match(output, /give the token Webhooks: Read and write/);
    });

    it("is made by one update: on each repository, once, for pushes to this cluster", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await withWebhook());
        first = await theReceiver();
        for (const repository of repositories) {
            const { active, events, config } = await theHook(repository);
            assert.deepEqual([active, events], [true, ["push"]]);
            assert.equal(config.url, `https://${host}${first.path}`);
            assert.equal(config.content_type, "json");
        }
    });

    it("finds the cluster listening from the first moment on", async () => {
        for (const repository of repositories) {
            const [ping] = await deliveries(repository, await theHook(repository), "ping", 1);
            assert.equal(ping?.status_code, 200);
        }
    });

    it("stays as it is with the next update, which writes nothing", async () => {
        await standIn.forget();
        await mustPulumi("up -y --skip-preview --refresh --expect-no-changes", "dev", await withWebhook());
        await assertNoWrites();
    });

    it("has a push applied long before Flux would have looked", async () => {
        apps = await Clone.of("fluxcd-apps");
        for (const repository of repositories) {
            const clone = repository === "fluxcd-apps" ? apps : await Clone.of(repository);
            await clone.git("commit", "--quiet", "--allow-empty", "-m", "Nothing but a commit");
            await clone.git("push", "--quiet", "origin", "HEAD:main");
            const pushed = performance.now();
            const revision = `main@sha1:${await clone.head()}`;
            const kustomization = `kustomization/${sourceOf(repository)}`;
            const applied = `--for=jsonpath={.status.lastAppliedRevision}=${revision}`;
            await kubectl("dev", ...inFlux, "wait", kustomization, applied, "--timeout=90s");
            report(`push to ${repository} until applied, webhook`, (performance.now() - pushed) / 1000);
            const [push] = await deliveries(repository, await theHook(repository), "push", 1);
            assert.equal(push?.status_code, 200);
        }
    });

    it("that is forged is refused, and Flux asked for nothing", async () => {
        const before = await asked();
        assert.equal(await send(first.path, "another secret"), 400);
        assert.equal(await send(first.path), 400);
        assert.equal(await send(`/hook/${"0".repeat(64)}`, first.token), 404);
        assert.equal(await asked(), before);
        assert.equal(await send(first.path, first.token), 200);
        assert.notEqual(await asked(), before);
    });

    it("gets another secret by one changed value, and no push is missed meanwhile", async () => {
        const hook = await theHook("fluxcd-apps");
        const before = (await deliveries("fluxcd-apps", hook, "push", 1)).length;
        const over = new AbortController();
        let pushes = 0;
        const pushing = (async () => {
            for (; !over.signal.aborted; pushes++) {
                await apps.git("commit", "--quiet", "--allow-empty", "-m", "Nothing but a commit");
                await apps.git("push", "--quiet", "origin", "HEAD:main");
            }
        })();
        await mustPulumi("up -y --skip-preview", "dev", await withWebhook(2)).finally(() => {
            over.abort();
        });
        await pushing;
        assert.ok(pushes > 0);

        const second = await theReceiver();
        assert.notEqual(second.token, first.token);
        assert.notEqual(second.path, first.path);
        const after = await theHook("fluxcd-apps");
        assert.equal(after.id, hook.id);
        assert.equal(after.config.url, `https://${host}${second.path}`);
        const delivered = await deliveries("fluxcd-apps", after, "push", before + pushes);
        assert.deepEqual([...new Set(delivered.map((each) => each.status_code))], [200]);
        assert.equal(await send(second.path, first.token), 400);
        assert.equal(await send(first.path, first.token), 404);
        await kubectl(
            "dev",
            ...inFlux,
            "wait",
            "kustomization/apps",
            `--for=jsonpath={.status.lastAppliedRevision}=main@sha1:${await apps.head()}`,
            "--timeout=90s",
        );
    });

    it("goes with its setting, and leaves nothing", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        for (const repository of repositories) {
            assert.deepEqual(await hooksOf(repository), []);
        }
        assert.deepEqual(await namesOf("dev", "receivers"), []);
        assert.deepEqual(
            (await namesOf("dev", "secrets")).filter((name) => name.startsWith("webhook-")),
            [],
        );
    });
});
