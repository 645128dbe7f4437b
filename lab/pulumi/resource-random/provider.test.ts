import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecret, plainMap, secret, text, unknown } from "../values.ts";
import { changes, check, kindOf, typeOf } from "./provider.ts";

const randomBytes = "random:index/randomBytes:RandomBytes";
const randomId = "random:index/randomId:RandomId";

void test("the type is the last one of a URN", () => {
    assert.equal(typeOf(`urn:pulumi:dev::p::my:component$${randomBytes}::name`), randomBytes);
});

void test("random bytes are secret and of the asked length", () => {
    const { outputs } = kindOf(randomBytes).create({ length: 32 });
    assert.ok(isSecret(outputs.base64) && isSecret(outputs.hex));
    const { base64, hex } = plainMap(outputs);
    assert.equal(Buffer.from(text(base64), "base64").toString("hex"), hex);
    assert.equal(Buffer.from(text(hex), "hex").length, 32);
    assert.notEqual(plainMap(kindOf(randomBytes).create({ length: 32 }).outputs).hex, hex);
});

void test("an id says the same bytes in four ways, after its prefix", () => {
    const { id, outputs } = kindOf(randomId).create({ byteLength: 4, prefix: "p-" });
    const drawn = Buffer.from(id, "base64url");
    assert.deepEqual(
        [outputs.hex, outputs.dec, outputs.b64Std],
        [`p-${drawn.toString("hex")}`, `p-${drawn.readUInt32BE()}`, `p-${drawn.toString("base64")}`],
    );
});

void test("another keeper or length is another draw, a keeper that became secret is not", () => {
    const old = { length: 32, keepers: { generation: "1" } };
    assert.deepEqual(changes(randomBytes, old, { ...old, keepers: { generation: secret("1") } }), []);
    assert.deepEqual(changes(randomBytes, old, { ...old, keepers: { generation: "2" } }), ["keepers"]);
    assert.deepEqual(changes(randomBytes, old, { length: 16 }), ["keepers", "length"]);
});

void test("what it cannot do is refused by name", () => {
    assert.throws(() => kindOf("random:index/randomPet:RandomPet"), /randomPet.*RandomBytes and RandomId only/);
    const properties = check(randomBytes, { length: 0, colour: "red", keepers: "x" }).map(({ property }) => property);
    assert.deepEqual(properties, ["colour", "length", "keepers"]);
    assert.deepEqual(check(randomBytes, { length: unknown }), []);
});
