import assert from "node:assert/strict";

import { parse } from "yaml";

import { readConfig } from "../../config";
import { commitStatusSchema, notificationsSchema } from "../../config/notifications";
import { blocks, rows } from "../support/documents";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

const file = "docs/notifications.md";
const plain = (cell = "") => cell.replaceAll("`", "");

describe(file, () => {
    it("shows a valid stack file", async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        const shown = blocks(file).find(({ text }) => text.startsWith("# Pulumi.production.yaml"));
        const { config } = parse(shown?.text ?? "") as { config: Record<string, object> };
        const names = Object.keys(config["fluxcd:notifications"] ?? {});
        const addresses = Object.fromEntries(names.map((name) => [name, "https://hooks.example.com/"]));
        await startEngine("production");
        const secrets = { "fluxcd:notificationAddresses": JSON.stringify(addresses) };
        useStackFile("Pulumi.production.yaml", config, secrets);
        assert.deepEqual(Object.keys(readConfig().notifications?.receivers ?? {}), names);
    });

    it("lists every receiver type, and no other type", () => {
        const types = rows(file, "Type").map(({ Type }) => plain(Type));
        assert.deepEqual(types, notificationsSchema.valueType.shape.type.options);
    });

    it("lists every severity, and no other severity", () => {
        const told = rows(file, "Event").map(({ Severity }) => plain(Severity));
        const { options } = notificationsSchema.valueType.shape.severity.unwrap();
        assert.deepEqual([...new Set(told)].sort(), [...options].sort());
    });

    it("lists every value of fluxcd:commitStatus, and no other value", () => {
        const ways = rows(file, "`fluxcd:commitStatus`").map((row) => plain(row["`fluxcd:commitStatus`"]));
        assert.deepEqual(ways, commitStatusSchema.options);
    });
});
