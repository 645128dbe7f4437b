import assert from "node:assert/strict";

import { assertApplied, type Condition, exists, get, kubectl, reconcile } from "./support/cluster";
import { devFile } from "./support/dev";
import { documentedCommands, documentedFiles, documentedSettings } from "./support/documented";
import { askFor, inFlux } from "./support/flux";
import { Clone, remoteCommit } from "./support/git";
import { deployKeys, enforceAdmins, standIn } from "./support/github";
import { labEnvironment } from "./support/lab";
import { type Registry, startRegistry } from "./support/registry";
import { report } from "./support/report";
import { succeed, waitFor } from "./support/run";
import { mustPulumi } from "./support/stack";

interface Settings extends Record<string, unknown> {
    readonly "fluxcd:flux": { readonly components: readonly string[] };
    readonly "fluxcd:imageAutomation": {
        readonly branch: string;
        readonly policies: Readonly<Record<string, { readonly image: string; readonly semver: string }>>;
    };
}

const document = "docs/image-automation.md";
const file = "apps/base/podinfo/kustomization.yaml";
const title = "flux-dev-image-updates";

describe("image automation, as docs/image-automation.md shows it", () => {
    const shown = documentedSettings(document) as Settings;
    const { branch, policies } = shown["fluxcd:imageAutomation"];
    const sideBranch = `refs/heads/${branch}`;
    const mark = (documentedFiles(document, "fluxcd-apps")[file] ?? "").split("\n").slice(1).join("\n");
    let registry: Registry;
    let clone: Clone;
    let main: string;

    /** The documented settings, with the image where the lab has a registry. */
    function settings() {
        const [name = ""] = Object.keys(policies);
        const policy = policies[name];
        const image = policy?.image.replace("ghcr.io", registry.host);
        const imageAutomation = { ...shown["fluxcd:imageAutomation"], policies: { [name]: { ...policy, image } } };
        return { ...shown, "fluxcd:imageAutomation": imageAutomation };
    }

    before(async () => {
        registry = await startRegistry("stefanprodan/podinfo", ["6.14.0", "6.15.0", "7.0.0", "latest"]);
        if (!(await exists("dev", "namespace", "flux-system"))) {
            await mustPulumi("up -y --skip-preview", "dev", await devFile());
        }
        clone = await Clone.of("fluxcd-apps");
        clone.edit(file, (text) => text + mark);
        main = await clone.push("Mark the tag of podinfo");
    });
    after(() => {
        registry.close();
    });

    it("has found the images when up ends, and proposes nothing while there is nothing new", async () => {
        const { seconds } = await mustPulumi("up -y --skip-preview", "dev", await devFile(settings()));
        report("up with image automation", seconds);
        await enforceAdmins("fluxcd-apps", true);
        for (const command of documentedCommands(document, "kubectl")) {
            const { stdout } = await succeed("bash", ["-c", command], { env: labEnvironment() });
            assert.match(stdout, /imagepolicy\S*\/podinfo\s[^]*6\.15\.0/);
        }
        assert.equal(await remoteCommit("fluxcd-apps", sideBranch), "");
        const keys = (await deployKeys("fluxcd-apps")).filter((key) => key.title.startsWith("flux-dev"));
        assert.deepEqual(keys.map((key) => [key.title, key.read_only]).sort(), [
            ["flux-dev", true],
            [title, false],
        ]);
    });

    it("proposes a new tag on its branch, and leaves main as it is", async () => {
        await standIn.forget();
        registry.tags.push("6.16.0", "6.17.0-rc.1");
        const start = performance.now();
        await askFor("dev", "imagerepository/podinfo");
        await waitFor("a commit is on the branch", 60, async () => {
            assert.notEqual(await remoteCommit("fluxcd-apps", sideBranch), "");
        });
        report("from a new tag to a commit on the branch", (performance.now() - start) / 1000);
        assert.equal(await remoteCommit("fluxcd-apps", "refs/heads/main"), main);
        await clone.git("fetch", "--quiet", "origin");
        const { stdout: change } = await clone.git("diff", "--unified=0", `origin/main...origin/${branch}`);
        const lines = change.split("\n").filter((line) => /^[-+] /.test(line));
        assert.deepEqual(
            lines.map((line) => line.trim().replace(/ +/g, " ")),
            [6.15, 6.16].map(
                (version, index) =>
                    `${"-+"[index] ?? ""} newTag: ${version}.0 # {"$imagepolicy": "flux-system:podinfo:tag"}`,
            ),
        );
        const { stdout: commit } = await clone.git("log", "-1", "--format=%an: %B", `origin/${branch}`);
        assert.match(commit, /^Flux: Update images\s+- 6\.15\.0 -> 6\.16\.0/);
        const pushes = (await standIn.requests()).filter(({ kind, via }) => kind === "write" && via === "git-ssh");
        assert.deepEqual(
            pushes.map(({ as, status }) => [as, status]),
            [[title, 200]],
        );
    });

    it("is refused main with the same key, whatever it is told", async () => {
        const pushTo = (branch: string) => {
            const spec = JSON.stringify({ spec: { git: { push: { branch } } } });
            return kubectl("dev", ...inFlux, "patch", "imageupdateautomation", "apps", "--type=merge", "-p", spec);
        };
        await pushTo("main");
        registry.tags.push("6.18.0");
        await askFor("dev", "imagerepository/podinfo");
        await waitFor("the push is refused", 60, async () => {
            const { status } = await get<{ status: { conditions: Condition[] } }>(
                "dev",
                ...inFlux,
                "imageupdateautomation",
                "apps",
            );
            const ready = status.conditions.find(({ type }) => type === "Ready");
            assert.equal(ready?.status, "False");
            assert.match(ready.message, /hook declined/);
        });
        assert.equal(await remoteCommit("fluxcd-apps", "refs/heads/main"), main);
        // It would go on trying, until the rule for administrators goes with the settings.
        await pushTo(branch);
    });

    it("goes in two steps, and its key with it", async () => {
        const { "fluxcd:flux": flux } = shown;
        await mustPulumi("up -y --skip-preview", "dev", await devFile({ "fluxcd:flux": flux }));
        await enforceAdmins("fluxcd-apps", false);
        assert.equal(await exists("dev", ...inFlux, "gitrepository", "apps-image-updates"), false);
        const keys = await deployKeys("fluxcd-apps");
        assert.deepEqual(
            keys.filter((key) => key.title === title),
            [],
        );
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        assert.equal(await exists("dev", ...inFlux, "deployment", "image-automation-controller"), false);
        clone.edit(file, (text) => text.replace(mark, ""));
        const commit = await clone.push("Mark nothing");
        await clone.git("push", "--quiet", "origin", "--delete", branch);
        await reconcile("dev", "gitrepository", "apps");
        await waitFor("main is applied", 60, () => assertApplied("dev", "apps", `main@sha1:${commit}`));
        assert.deepEqual(registry.refused, []);
    });
});
