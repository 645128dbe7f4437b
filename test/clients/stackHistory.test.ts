import assert from "node:assert/strict";

import { everyUpdate } from "../../clients/stackHistory";

/** A backend with so many updates, which gives at most `most` of them at once. */
function backend(updates: number, most: number) {
    const asked: string[] = [];
    const all = Array.from({ length: updates }, (_, index) => ({ version: updates - index }));
    const ask = (...args: string[]) => {
        asked.push(args.join(" "));
        const valueOf = (flag: string) => Number(args[args.indexOf(flag) + 1]);
        const size = Math.min(valueOf("--page-size"), most);
        const start = (valueOf("--page") - 1) * size;
        return Promise.resolve(JSON.stringify(all.slice(start, start + size)));
    };
    return { all, ask, asked };
}

describe("The updates of a stack", () => {
    for (const [title, updates, most] of [
        ["no updates", 0, 100],
        ["fewer updates than a page", 11, 100],
        ["one update less than a page", 99, 100],
        ["as many updates as a page", 100, 100],
        ["one update more than a page", 101, 100],
        ["several full pages", 300, 100],
        ["more updates than a page", 250, 100],
        ["more updates than a page, from a backend that returns smaller pages", 45, 20],
    ] as const) {
        it(`are all read, newest first: ${title}`, async () => {
            const { all, ask } = backend(updates, most);
            assert.deepEqual(await everyUpdate(ask, "staging"), all);
        });
    }

    it("are each read once if another update ends between two pages", async () => {
        const { ask, all } = backend(250, 100);
        const moved = backend(251, 100);
        let asked = 0;
        const ask2 = (...args: string[]) => (asked++ === 0 ? ask(...args) : moved.ask(...args));
        assert.deepEqual(await everyUpdate(ask2, "staging"), all);
    });

    it("are read once from a backend that does not know pages", async () => {
        const { all } = backend(30, 100);
        assert.deepEqual(await everyUpdate(() => Promise.resolve(JSON.stringify(all)), "staging"), all);
    });

    it("are all kept if two of them look the same", async () => {
        const page = JSON.stringify([{ kind: "update" }, { kind: "update" }]);
        const ask = (...args: string[]) => Promise.resolve(args.at(-1) === "1" ? page : "[]");
        assert.equal((await everyUpdate(ask, "staging")).length, 2);
    });

    it("are read without decrypting secrets", async () => {
        const { ask, asked } = backend(1, 100);
        await everyUpdate(ask, "staging");
        assert.equal(asked[0], "stack history --json --stack staging --page-size 100 --page 1");
        assert.ok(!asked.join().includes("--show-secrets"));
    });

    it("cannot be read if pulumi prints no JSON list", async () => {
        await assert.rejects(
            everyUpdate(() => Promise.resolve('{"error":"no"}'), "staging"),
            /pulumi stack history did not print a list/,
        );
        await assert.rejects(everyUpdate(() => Promise.resolve("Stack has never been updated"), "staging"));
    });
});
