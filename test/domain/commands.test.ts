import assert from "node:assert/strict";

import { removeConfig, setConfig } from "../../domain/commands";

describe("The command that changes a setting", () => {
    for (const [key, argument] of [
        ["fluxcd:commitStatus", "fluxcd:commitStatus"],
        ["fluxcd:promotion.soak", "--path 'fluxcd:promotion.soak'"],
        ["fluxcd:flux.components[4]", "--path 'fluxcd:flux.components[4]'"],
    ] as const) {
        it(`uses --path only for a path inside a setting: ${key}`, () => {
            assert.equal(setConfig("dev", key, "1h"), `pulumi config set --stack dev ${argument} 1h`);
            assert.equal(removeConfig("dev", key), `pulumi config rm --stack dev ${argument}`);
        });
    }
});
