import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import fc from "fast-check";
import { parse } from "yaml";

import { parseConfig } from "../../config/parse";
import { fluxSchema } from "../../config/flux";
import { kustomizationsSchema, sourcesSchema } from "../../config/fluxObjects";
import { identitySchema } from "../../config/identity";
import { fluxcdSchema, githubSchema } from "../../config/schema";

type Values = Record<string, unknown>;

const project = parse(readFileSync("Pulumi.yaml", "utf8")) as {
    config: Record<string, { default?: unknown; value?: unknown }>;
};
const defaults = Object.entries(project.config).map(([key, it]) => [key, it.value ?? it.default] as const);
const stacks = ["dev", "staging", "production"] as const;

const keys = [
    ...Object.keys(fluxcdSchema.shape).map((name) => `fluxcd:${name}`),
    ...Object.keys(githubSchema.shape).map((name) => `github:${name}`),
];
const { promotion, protection, uninstall, webhook } = fluxcdSchema.shape;
const fields = [
    ...["infrastructure", "apps", "constructor", "__proto__"],
    ...Object.keys(sourcesSchema.valueType.shape),
    ...Object.keys(kustomizationsSchema.valueType.shape),
    ...Object.keys(fluxSchema.shape),
    ...[promotion, protection, uninstall, webhook].flatMap(({ shape }) => Object.keys(shape)),
    ...identitySchema.out.options.flatMap((option) => Object.keys("shape" in option ? option.shape : option.in.shape)),
    ...["name", "type", "severity", "image", "policies"],
];
const words = [
    "main",
    "staging-v1.0.0",
    "5m",
    "age",
    "true",
    "0",
    "https://example.com",
    "infrastructure",
    "deployKey",
    "namespace",
    "*",
    "",
    "\u0000",
];

const anyLeaf = fc.oneof(
    fc.constantFrom(...words),
    fc.string(),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.constant(null),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        anyLeaf,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), tie("value"), { maxKeys: 4 }),
    ),
}));
const anyKey = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...keys) },
    { weight: 1, arbitrary: fc.constant("fluxcd:nothing") },
);
const anyChanges = fc.array(fc.tuple(anyKey, anyValue), { minLength: 1, maxLength: 3 });

/** What a stack has in its file, with some keys changed. */
function settingsOf(stack: string, changes: readonly (readonly [string, unknown])[], secrets: readonly string[] = []) {
    const { config } = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config: Values };
    const values = [...defaults, ...Object.entries(config), ...changes]
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const);
    return {
        stack,
        values: Object.fromEntries(values),
        githubBaseUrl: "https://api.github.com/",
        secrets,
        decrypted: true,
    };
}

describe("Any configuration", () => {
    it("is accepted, or refused with the key, the expectation and the fix of each problem", () => {
        const seen = { taken: 0, refused: 0 };
        fc.assert(
            fc.property(fc.constantFrom(...stacks), anyChanges, (stack, changes) => {
                const config = parseConfig(settingsOf(stack, changes));
                if ("stack" in config) {
                    seen.taken++;
                    return;
                }
                seen.refused++;
                assert.ok(config.length > 0);
                for (const { key, expected, fix } of config) {
                    assert.match(key, /^(fluxcd|github):\w/);
                    assert.ok(expected.length > 0 && fix.length > 0, JSON.stringify({ key, expected, fix }));
                }
            }),
            { numRuns: 2000 },
        );
        assert.ok(seen.taken > 20 && seen.refused > 100, JSON.stringify(seen));
    });

    it("is refused without showing a secret value", () => {
        const secret = "hunter2";
        const hidden = anyValue.map((value) => JSON.parse(JSON.stringify(value, hide)) as unknown);
        fc.assert(
            fc.property(fc.constantFrom(...stacks), anyKey, hidden, (stack, key, value) => {
                const config = parseConfig(settingsOf(stack, [[key, value]], [key]));
                assert.ok("stack" in config || !JSON.stringify(config).includes(secret), JSON.stringify(config));
            }),
            { numRuns: 1000 },
        );

        function hide(_: string, value: unknown): unknown {
            return typeof value === "string" ? `${value}${secret}` : value;
        }
    });
});
