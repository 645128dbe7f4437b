import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { readConfig } from "../../config";
import { blocks, type Row, tables } from "../support/documents";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";
import { fluxcd, github, type Keys, nested, type Property, typeOf, valuesOf } from "./settings";

const file = "docs/configuration.md";

interface Setting {
    readonly type?: string;
    readonly default?: unknown;
    readonly value?: unknown;
}

type Named = Readonly<Record<string, Row>>;

const project = parse(readFileSync("Pulumi.yaml", "utf8")) as { config: Record<string, Setting> };
const keys = byName(rowsOf("Key").filter((row) => "Default" in row));
/** The tables of nested keys, by the object that they are in. */
const inside: Readonly<Record<string, Named>> = Object.fromEntries(
    tables(file).flatMap(({ header: [first = ""], rows }) => {
        const [, path] = /^In `(.+)`$/.exec(first) ?? [];
        return path === undefined ? [] : [[path, byName(rows)] as const];
    }),
);

describe("docs/configuration.md", () => {
    beforeEach(() => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
    });

    it("documents every key of the program, and no other key", () => {
        const known = [...prefixed("fluxcd", fluxcd), ...prefixed("github", github)];
        assert.deepEqual(Object.keys(keys).sort(), known.sort());
        assert.deepEqual(Object.keys(inside).sort(), Object.keys(nested).sort());
    });

    it("states the correct number of settings", () => {
        const [, number] = /There are (\d+) settings/.exec(readFileSync(file, "utf8")) ?? [];
        assert.equal(Number(number), Object.keys(fluxcd.properties).length);
    });

    it("has the same keys as Pulumi.yaml", () => {
        assert.deepEqual(Object.keys(project.config).sort(), prefixed("fluxcd", fluxcd).sort());
    });

    for (const [key, setting] of Object.entries(project.config)) {
        it(`states the type and the default of ${key} as in Pulumi.yaml`, () => {
            const row = rowOf(keys, key);
            assert.equal(row.Type, setting.type ?? "map");
            assert.deepEqual(defaultOf(row), setting.value ?? setting.default ?? "required");
        });
    }

    for (const [name, property] of Object.entries(github.properties)) {
        it(`states the type and the default of github:${name} as in the schema`, () => {
            const row = rowOf(keys, `github:${name}`);
            assert.equal(row.Type, property.type);
            assert.deepEqual(defaultOf(row), wantedDefault(name, property, github));
        });
    }

    for (const [path, object] of Object.entries(nested)) {
        it(`documents every key in ${path}, and no other key`, () => {
            assert.deepEqual(Object.keys(inside[path] ?? {}).sort(), Object.keys(object.properties).sort());
        });

        for (const [name, property] of Object.entries(object.properties)) {
            it(`states the type and the default of ${path}.${name} as in the schema`, () => {
                const row = rowOf(inside[path] ?? {}, name);
                assert.equal(row.Type, typeOf(property));
                const preset = project.config[path]?.default as Record<string, unknown> | undefined;
                assert.deepEqual(defaultOf(row), preset?.[name] ?? wantedDefault(name, property, object));
            });
        }
    }

    it("states the default kind of fluxcd:identity that the program sets", async () => {
        const { identity } = await configOf("dev", { "fluxcd:identity": { generation: 2 } });
        assert.equal(identity.kind, defaultOf(rowOf(inside["fluxcd:identity"] ?? {}, "kind")));
    });

    it("states the settings of the built-in sources and Kustomizations, and the defaults of an added one", async () => {
        const added = { "fluxcd:kustomizations": { more: { source: "apps", path: "./more" } } };
        const { sources, kustomizations } = await configOf("dev", added);
        for (const [name, row] of Object.entries(byName(rowsOf("Source")))) {
            const { repository, promoted } = sources[name] ?? {};
            assert.deepEqual({ repository, promoted }, codeIn(row));
        }
        for (const [name, row] of Object.entries(byName(rowsOf("Kustomization")))) {
            const { source, path, interval, dependsOn } = kustomizations[name] ?? {};
            assert.deepEqual({ source, path, interval, dependsOn }, codeIn(row, "dev"));
        }
        assert.deepEqual(Object.keys(byName(rowsOf("Source"))), Object.keys(sources));
        assert.deepEqual([...Object.keys(byName(rowsOf("Kustomization"))), "more"], Object.keys(kustomizations));
        const { Meaning = "" } = rowOf(inside["fluxcd:kustomizations.<name>"] ?? {}, "interval");
        assert.ok(Meaning.includes(`\`${kustomizations.more?.interval ?? ""}\` if not set`), Meaning);
    });

    it("lists every allowed value of a key with fixed values", () => {
        const text = readFileSync(file, "utf8");
        const top = Object.entries(fluxcd.properties).map(([name, property]) => {
            return [rowOf(keys, `fluxcd:${name}`), property] as const;
        });
        const within = Object.entries(nested).flatMap(([path, { properties }]) =>
            Object.entries(properties).map(([name, property]) => {
                return [rowOf(inside[path] ?? {}, name), property] as const;
            }),
        );
        for (const [row, property] of [...top, ...within]) {
            const [name = ""] = Object.values(row);
            // Long explanations come after the table, in a paragraph that begins with the key.
            const [paragraph = ""] = text.split("\n\n").filter((it) => it.startsWith(`**${name}**`));
            for (const value of valuesOf(property)) {
                const said = `${row.Default ?? ""} ${row.Meaning ?? ""} ${paragraph}`;
                assert.ok(said.includes(value), `${name}: ${value}`);
            }
        }
    });

    it("shows an error message exactly as the program prints it", async () => {
        const [shown] = blocks(file).filter(({ language }) => language === "text");
        const sources = { infrastructure: { tag: "prod-v1.0.0" }, apps: { tag: "staging-v1.2.3" } };
        await assert.rejects(configOf("production", { "fluxcd:sources": sources }), (error: Error) => {
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

function prefixed(namespace: string, { properties }: Keys): string[] {
    return Object.keys(properties).map((name) => `${namespace}:${name}`);
}

function rowsOf(firstColumn: string): readonly Row[] {
    return tables(file)
        .filter(({ header }) => header[0] === firstColumn)
        .flatMap(({ rows }) => rows);
}

/** Rows by the name in their first column. A name that comes twice fails. */
function byName(all: readonly Row[]): Named {
    const named = all.map((row) => [(Object.values(row)[0] ?? "").replaceAll("`", ""), row] as const);
    const names = named.map(([name]) => name);
    assert.equal(new Set(names).size, names.length, `a key is documented twice: ${names.join(", ")}`);
    return Object.fromEntries(named);
}

function rowOf(all: Named, name: string): Row {
    const row = all[name];
    assert.ok(row, `${file} has no ${name}`);
    return row;
}

/** Code is a YAML value; a word without is `required` or `none`. */
function defaultOf({ Default: cell = "" }: Row): unknown {
    const code = /^`(.*)`$/.exec(cell)?.[1];
    return code === undefined ? cell : parse(code);
}

function wantedDefault(name: string, property: Property, { required }: Keys): unknown {
    return property.default ?? (required.includes(name) ? "required" : "none");
}

/** The cells after the first one, by the names in the head of the table. */
function codeIn(row: Row, environment = ""): Readonly<Record<string, unknown>> {
    const cells = Object.entries(row).slice(1);
    return Object.fromEntries(
        cells.map(([name, cell]) => [
            name.replaceAll("`", ""),
            defaultOf({ Default: cell.replace("<environment>", environment) }),
        ]),
    );
}
