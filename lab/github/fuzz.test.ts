// GitHub's own description makes the requests: whatever is asked, the stand-in answers as it describes, or says that it does not.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { generate, type JsonSchema, registerFormat } from "json-schema-faker";
import { StandIn } from "./harness.ts";
import { description, type Operation, requestProblems } from "./openapi.ts";

const standIn = new StandIn();
const known = { owner: "misua", org: "misua", username: "misua", repo: "fuzzed", branch: "main", ref: "heads/main" };
let commit = "";

registerFormat("repo.nwo", () => "misua/fuzzed");

before(async () => {
    await standIn.start();
    const copy = await standIn.repository("fuzzed");
    commit = (await copy.git("rev-parse", "HEAD")).output;
});
after(() => standIn.end());

/** A value of a parameter that is often there, and else anything that a path may hold. */
function parameter(name: string): fc.Arbitrary<string> {
    const there: Record<string, string> = { ...known, basehead: `${commit}...main` };
    const value = name.endsWith("sha") ? commit : (there[name] ?? "1");
    return fc.oneof(
        { weight: 4, arbitrary: fc.constant(value) },
        { weight: 1, arbitrary: fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !/^\.+$/.test(text)) },
    );
}

function path({ path }: Operation): fc.Arbitrary<string> {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    return fc.tuple(...names.map(parameter)).map((values) => {
        let next = 0;
        return path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(values[next++] ?? ""));
    });
}

async function body({ body }: Operation, seed: number): Promise<unknown> {
    if (body === null) {
        return undefined;
    }
    const schema = { ...(body as object), schemas: description.schemas } as JsonSchema;
    return generate(schema, { seed, optionalsProbability: 0.5, maxItems: 3, refDepthMax: 5 });
}

function named(id: string): Operation {
    const operation = description.operations.find((each) => each.id === id);
    assert.ok(operation);
    return operation;
}

let seen = 0;

/** What it got wrong itself since the last call; not what it says that it does not do, or that was wrong with a request. */
async function mistakes(): Promise<string[]> {
    const errors = await standIn.errors();
    const messages = errors.slice(seen).map(({ message }) => message);
    seen = errors.length;
    return messages.filter((message) => !/does not serve|^request body: /.test(message));
}

/** What another request has deleted or archived is there again. */
async function restore(): Promise<void> {
    await standIn.rest("POST", "/user/repos", { name: "fuzzed", private: true, auto_init: true });
    await standIn.rest("PATCH", "/repos/misua/fuzzed", { archived: false });
}

void test("what GitHub's description allows is answered as it describes, or refused by name", async () => {
    const request = fc
        .constantFrom(...description.operations)
        .chain((operation) => fc.record({ id: fc.constant(operation.id), path: path(operation), seed: fc.nat() }));
    await fc.assert(
        fc.asyncProperty(request, async ({ id, path, seed }) => {
            await restore();
            const operation = named(id);
            const asked = await body(operation, seed);
            await standIn.rest(operation.method, path, asked);
            assert.deepEqual(await mistakes(), [], JSON.stringify(asked));
        }),
        { seed: 1, numRuns: 1500 },
    );
});

void test("what GitHub's description does not allow is never taken", async () => {
    const withBody = description.operations.filter(({ body }) => body !== null);
    const damaged = fc
        .constantFrom(...withBody)
        .chain((operation) =>
            fc.record({ id: fc.constant(operation.id), path: path(operation), body: fc.jsonValue() }),
        );
    let refused = 0;
    await fc.assert(
        fc.asyncProperty(damaged, async ({ id, path, body }) => {
            const operation = named(id);
            fc.pre(requestProblems(operation, body).length > 0);
            const { status } = await standIn.rest(operation.method, path, body);
            assert.ok(status >= 400 && status !== 500, `${status}`);
            assert.deepEqual(await mistakes(), []);
            refused++;
        }),
        { seed: 1, numRuns: 1000 },
    );
    assert.equal(refused, 1000);
});
