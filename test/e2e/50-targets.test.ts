import assert from "node:assert/strict";

import { get } from "./support/cluster";
import { Clone, type RepositoryName, sourceOf } from "./support/git";
import { labEnvironment } from "./support/lab";
import { Project } from "./support/project";
import { alone, assertRefused, assertSays, both, standing } from "./support/promotion";
import { succeed, tail } from "./support/run";
import { mustPulumi, pulumi } from "./support/stack";

const source = ["--target", "**::apps-source"];
const kustomization = ["--target", "**::apps-kustomization"];
const memory = "**::release";

const at = (tag: string) => ({ ...both(tag), set: alone });
const [earlier, first, next] = [at("staging-v49.0.0"), at("staging-v50.0.0"), at("staging-v50.1.0")];

async function tagOf(repository: RepositoryName): Promise<string | undefined> {
    interface Source {
        readonly spec: { readonly ref: { readonly tag?: string } };
    }
    return (await get<Source>("staging", "-n", "flux-system", "gitrepository", sourceOf(repository))).spec.ref.tag;
}

const ways: Readonly<Record<string, readonly string[]>> = {
    "--target of the source": source,
    "--target of the source and its Kustomization": [...source, ...kustomization],
    "--target-dependents of the Kubernetes provider": ["--target", "**::kubernetes", "--target-dependents"],
    "--target with --replace": ["--target-replace", "**::apps-source"],
    "--exclude of what remembers the release": ["--exclude", memory],
};

describe("a targeted update of staging", () => {
    before(async () => {
        for (const repository of ["fluxcd-infrastructure", "fluxcd-apps"] as const) {
            const clone = await Clone.of(repository);
            await clone.tag("staging-v49.0.0", "staging-v50.0.0");
            clone.write("next.txt", "50.1.0\n");
            await clone.push("Release 50.1.0");
            await clone.tag("staging-v50.1.0");
        }
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", first));
    });

    for (const [way, args] of Object.entries(ways)) {
        it(`takes no release past the gate by ${way}`, async () => {
            const says = ["targeted: this update leaves out the resource release", "to staging-v50.1.0"];
            await assertRefused("staging", { ...next, args }, says);
            const preview = await pulumi("preview", "staging", [...standing("staging", next), ...args]);
            assert.notEqual(preview.code, 0);
            assertSays(preview, [...says, "fix: pulumi up --stack staging"]);
        });
    }

    it("is judged by what runs when it makes the memory of the release anew", async () => {
        const says = ["backwards: is a lower version than staging-v50.0.0, which runs"];
        await assertRefused("staging", { ...earlier, args: ["--replace", memory] }, says);
        await assertRefused("staging", { ...earlier, args: ["--target", memory, "--target-dependents"] }, says);
    });

    it("that changes no release is possible", async () => {
        const set = { ...first.set, "fluxcd:kustomizations.apps.interval": "7m" };
        const args = standing("staging", { ...first, set, args: kustomization });
        await mustPulumi("up -y --skip-preview", "staging", args);
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", first));
    });

    it("that takes a release and leaves out who follows it fails, and pulumi up goes on", async () => {
        const args = [...standing("staging", next), "--target", memory];
        const half = await pulumi("up -y --skip-preview", "staging", args);
        assert.notEqual(half.code, 0, tail(half.output));
        assertSays(half, ["Stack staging is half way.", "targeted: this update has left out its GitRepository"]);
        assert.equal(await tagOf("fluxcd-apps"), "staging-v50.0.0");
        await mustPulumi("up -y --skip-preview", "staging", standing("staging", next));
        assert.equal(await tagOf("fluxcd-apps"), "staging-v50.1.0");
    });
});

describe("the first update of a stack", () => {
    const stack = "staging-eu";
    let cwd: string;
    const stackCommand = (...args: string[]) => succeed("pulumi", ["stack", ...args], { cwd, env: labEnvironment() });

    before(async () => {
        cwd = (await Project.make()).directory;
        await stackCommand("init", stack, "--no-select");
    });
    after(() => stackCommand("rm", "--force", "--yes", stack));

    it("says what it means to target a part of it, and makes nothing", async () => {
        const set = { ...next.set, "fluxcd:environment": "staging" };
        const args = standing("staging", { ...next, set, args: source });
        const result = await pulumi("up -y --skip-preview", stack, args, { cwd });
        assert.notEqual(result.code, 0, tail(result.output));
        assertSays(result, [
            "targeted: this update leaves out the resource release",
            "the first release of this stack",
            `fix: pulumi up --stack ${stack}`,
        ]);
    });
});
