import assert from "node:assert/strict";

import { checkCommand } from "./commands";
import { hasKey } from "./settings";

describe("The checks of the documents", () => {
    it("accept an existing key at any depth, whatever names people choose", () => {
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

    it("reject an unknown key at any depth", () => {
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

    it("accept an existing command with its own flags", () => {
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

    it("reject an unknown command or flag", () => {
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
