import assert from "node:assert/strict";

import { checkCommand } from "./commands";
import { hasKey } from "./settings";

describe("The checks of the documents", () => {
    it("know the keys of a setting at any depth, whatever the names that people choose", () => {
        for (const path of [
            ["fluxVersion"],
            ["sources", "<name>", "verify", "keys", ""],
            ["kustomizations", "apps", "rules", "0", "verbs"],
            ["identity", "installationOwner"],
            ["promotion", "freezes", "", "reason"],
            ["flux", "featureGates", "helm-controller", "OOMWatch"],
            ["notificationAddresses", "oncall"],
        ]) {
            assert.ok(hasKey("fluxcd", path), path.join("."));
        }
        assert.ok(hasKey("github", ["owner"]));
    });

    it("find a key that does not exist, at any depth", () => {
        for (const path of [
            ["deployKeyGeneration"],
            ["sources", "apps", "sourceInterval"],
            ["sources", "apps", "verify", "key"],
            ["identity", "appID"],
            ["promotion", "freezes", "", "why"],
            ["fluxVersion", "major"],
        ]) {
            assert.ok(!hasKey("fluxcd", path), path.join("."));
        }
        assert.ok(!hasKey("github", ["context"]));
    });

    it("let a command pass that exists, with flags that it has", () => {
        for (const command of [
            "pulumi up -s dev --refresh",
            "npx fluxcd promote production 1.4.1 --hotfix '<why>' -y",
            "npx fluxcd ci preview --pull-request 12",
            "npx fluxcd <command>",
            "kubectl get pods --anything",
        ]) {
            checkCommand(command);
        }
    });

    it("find a command or a flag that does not exist", () => {
        for (const command of [
            "pulumi apply -s dev",
            "pulumi up --environment dev",
            "npx fluxcd deploy dev",
            "npx fluxcd status --env dev",
            "npx fluxcd ci --pull-request 12",
        ]) {
            assert.throws(() => {
                checkCommand(command);
            }, command);
        }
    });
});
