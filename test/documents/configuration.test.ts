import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { parse } from "yaml";
import { z } from "zod";

import { readConfig } from "../../config";
import { fluxcdSchema, githubSchema } from "../../config/schema";
import { blocks, type Row, rows } from "../support/documents";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

const file = "docs/configuration.md";

interface Setting {
    readonly type?: string;
    readonly default?: unknown;
    readonly value?: unknown;
}

interface Property {
    readonly type?: string;
    readonly anyOf?: readonly Property[];
    readonly pattern?: string;
    readonly enum?: readonly string[];
    readonly default?: unknown;
    readonly items?: Property;
    readonly additionalProperties?: Property;
    readonly properties?: Readonly<Record<string, Property>>;
    readonly required?: readonly string[];
}

const text = readFileSync(file, "utf8");
const project = parse(readFileSync("Pulumi.yaml", "utf8")) as { config: Record<string, Setting> };
const described = (schema: z.ZodObject) => z.toJSONSchema(schema, { io: "input" }) as Property;
const { properties: fluxcd = {} } = described(fluxcdSchema);
const { properties: github = {}, required = [] } = described(githubSchema);
const source = fluxcd.infrastructure?.properties ?? {};
const flux = fluxcd.flux?.properties ?? {};
const further = {
    "Source key": fluxcd.sources?.additionalProperties ?? {},
    "Kustomization key": fluxcd.kustomizations?.additionalProperties ?? {},
};

const keys = byName(rows(file, "Key").filter((row) => "Default" in row));
const nested = byName(rows(file, "Nested key"));
const options = byName(rows(file, "Option"));

describe("docs/configuration.md", () => {
    beforeEach(() => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
    });

    it("has every key of the program, and no other", () => {
        const known = [...prefixed("fluxcd", fluxcd), ...prefixed("github", github)];
        assert.deepEqual(Object.keys(keys).sort(), known.sort());
        assert.deepEqual(Object.keys(nested).sort(), Object.keys(source).sort());
        assert.deepEqual(Object.keys(options).sort(), Object.keys(flux).sort());
    });

    it("knows the same keys as Pulumi.yaml", () => {
        assert.deepEqual(Object.keys(project.config).sort(), prefixed("fluxcd", fluxcd).sort());
    });

    for (const [key, setting] of Object.entries(project.config)) {
        it(`tells the type and the default of ${key} as Pulumi.yaml does`, () => {
            const row = rowOf(keys, key);
            assert.equal(row.Type, setting.type ?? "map");
            assert.deepEqual(defaultOf(row), setting.value ?? setting.default ?? "required");
        });
    }

    for (const [name, property] of Object.entries(github)) {
        it(`tells the type and the default of github:${name} as the program checks it`, () => {
            const row = rowOf(keys, `github:${name}`);
            assert.equal(row.Type, property.type);
            const without = required.includes(name) ? "required" : "none";
            assert.deepEqual(defaultOf(row), property.default ?? without);
        });
    }

    for (const [name, property] of Object.entries(source).filter(([name]) => name !== "interval")) {
        it(`tells the type and the default of the nested key ${name} as the program checks it`, () => {
            const row = rowOf(nested, name);
            assert.equal(row.Type, property.pattern === undefined ? property.type : "duration");
            assert.deepEqual(defaultOf(row), property.default ?? "none");
        });
    }

    for (const [name, property] of Object.entries(flux)) {
        it(`tells the type and the default of the option ${name} as the program checks it`, () => {
            const row = rowOf(options, name);
            assert.equal(row.Type, (property.anyOf ?? [property]).map(({ type }) => type).join(" or "));
            assert.deepEqual(defaultOf(row), property.default ?? "none");
        });
    }

    for (const [column, { properties = {}, required = [] }] of Object.entries(further)) {
        const told = byName(rows(file, column));

        it(`has every ${column}, or says that it is as for the two`, () => {
            const [, rest = ""] = /The other keys of a Kustomization[^]*?:([^]*?)\n\n/.exec(text) ?? [];
            const others = [...rest.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
            const same = column === "Source key" ? [] : others;
            assert.deepEqual([...Object.keys(told), ...same].sort(), Object.keys(properties).sort());
            for (const name of same) {
                assert.deepEqual(properties[name], source[name], name);
            }
        });

        for (const [name, row] of Object.entries(told)) {
            it(`tells the type and the default of the ${column} ${name} as the program checks it`, () => {
                const property = properties[name];
                assert.equal(row.Type, row.Type === "duration" && property?.pattern ? "duration" : property?.type);
                const without = required.includes(name) ? "required" : "none";
                assert.deepEqual(defaultOf(row), property?.default ?? without);
            });
        }
    }

    it("tells the two defaults of interval", async () => {
        const { infrastructure, apps } = await configOf("dev");
        const expected = `\`${infrastructure.interval}\` infrastructure, \`${apps.interval}\` apps`;
        assert.equal(rowOf(nested, "interval").Default, expected);
    });

    it("names every value that a key of few values may have", () => {
        const all = [
            ...Object.entries(fluxcd).map(([name, property]) => [rowOf(keys, `fluxcd:${name}`), property] as const),
            ...Object.entries(source).map(([name, property]) => [rowOf(nested, name), property] as const),
            ...Object.entries(flux).map(([name, property]) => [rowOf(options, name), property] as const),
        ];
        for (const [row, property] of all) {
            for (const value of property.enum ?? property.items?.enum ?? []) {
                assert.ok(`${row.Default ?? ""} ${row.Meaning ?? ""}`.includes(value), `${row.Key ?? ""}: ${value}`);
            }
        }
    });

    it("shows an error as the program words it", async () => {
        const [shown] = blocks(file).filter(({ language }) => language === "text");
        await assert.rejects(configOf("production", { "fluxcd:apps": { tag: "staging-v1.2.3" } }), (error: Error) => {
            assert.equal(shown?.text, error.message.trim());
            return true;
        });
    });
});

async function configOf(stack: string, overrides: Record<string, unknown> = {}) {
    await startEngine(stack);
    useStackFile(`Pulumi.${stack}.yaml`, overrides);
    return readConfig();
}

function prefixed(namespace: string, of: Readonly<Record<string, Property>>): string[] {
    return Object.keys(of).map((name) => `${namespace}:${name}`);
}

/** Rows by the name in their first column. A name that comes twice fails. */
function byName(all: readonly Row[]): Readonly<Record<string, Row>> {
    const named = all.map((row) => [(Object.values(row)[0] ?? "").replaceAll("`", ""), row] as const);
    const names = named.map(([name]) => name);
    assert.equal(new Set(names).size, names.length, `a key is documented twice: ${names.join(", ")}`);
    return Object.fromEntries(named);
}

function rowOf(all: Readonly<Record<string, Row>>, name: string): Row {
    const row = all[name];
    assert.ok(row, `${file} has no ${name}`);
    return row;
}

/** Code is a YAML value; a word without is `required` or `none`. */
function defaultOf({ Default: cell = "" }: Row): unknown {
    const code = /^`(.*)`$/.exec(cell)?.[1];
    return code === undefined ? cell : parse(code);
}
