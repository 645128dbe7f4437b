import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Line } from "../../../cli/doctor/line";
import { settingsFromFiles } from "../../../cli/doctor/settings";

const lines = (checks: readonly Line[]) => checks.map(({ state, about, says }) => `${state} ${about}: ${says}`);

describe("fluxcd doctor with a stack file that Pulumi does not know yet", () => {
    const before = process.cwd();
    let folder: string;

    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "fluxcd-doctor-"));
        copyFileSync("Pulumi.yaml", join(folder, "Pulumi.yaml"));
        process.chdir(folder);
    });

    afterEach(() => {
        process.chdir(before);
        rmSync(folder, { recursive: true });
    });

    const stackFile = (...text: string[]) => {
        writeFileSync("Pulumi.dev.yaml", text.join("\n"));
    };
    const valid = [
        ...["config:", "  github:owner: misua", "  context: dev"],
        ...["  fluxcd:sources:", "    infrastructure: { branch: main }", "    apps: { branch: main }"],
    ];

    it("accepts a valid stack file, with or without the namespace of a key", () => {
        stackFile(...valid);
        const { config, checks } = settingsFromFiles("dev");
        assert.deepEqual(lines(checks), ["ok Pulumi.dev.yaml: is valid"]);
        assert.deepEqual([config?.context, config?.github.owner, config?.flux.version], ["dev", "misua", "v2.9.5"]);
    });

    it("accepts an encrypted value as a secret without reading it", () => {
        stackFile(
            "secretsprovider: awskms://alias/x",
            ...valid,
            "  fluxcd:identity: { kind: token }",
            "  fluxcd:gitToken:",
            "    secure: v1:abc",
        );
        const { config, secretsProvider } = settingsFromFiles("dev");
        assert.deepEqual([config?.identity, secretsProvider], [{ kind: "token" }, "awskms://alias/x"]);
    });

    it("reports every invalid key at once", () => {
        stackFile(
            ...valid.slice(0, -1),
            "    apps: { branch: main, tag: prod-v1 }",
            "  fluxcd:kustomizations: { apps: { interval: often } }",
            "  fluxcd:promotion: { soak: long }",
        );
        const { config, checks } = settingsFromFiles("dev");
        assert.equal(config, undefined);
        const about = checks.map((check) => check.about);
        for (const key of ["fluxcd:promotion.soak", "fluxcd:sources.apps", "fluxcd:kustomizations.apps.interval"]) {
            assert.ok(about.includes(key), about.join());
        }
        assert.ok(checks.every(({ state, fix }) => state === "failed" && fix !== undefined));
    });

    it("reports a stack file that does not exist or is not YAML", () => {
        assert.deepEqual(lines(settingsFromFiles("dev").checks), ["failed Pulumi.dev.yaml: does not exist"]);
        stackFile("config: [");
        assert.match(lines(settingsFromFiles("dev").checks)[0] ?? "", /^failed Pulumi\.dev\.yaml: could not be read/);
    });
});
