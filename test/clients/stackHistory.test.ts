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
        ["none", 0, 100],
        ["fewer than a page", 11, 100],
        ["as many as a page", 100, 100],
        ["more than a page", 250, 100],
        ["more than a page of a backend that gives less than it was asked for", 45, 20],
    ] as const) {
        it(`are all read, newest first: ${title}`, async () => {
            const { all, ask } = backend(updates, most);
            assert.deepEqual(await everyUpdate(ask, "staging"), all);
        });
    }

    it("are asked for without a secret", async () => {
        const { ask, asked } = backend(1, 100);
        await everyUpdate(ask, "staging");
        assert.equal(asked[0], "stack history --json --stack staging --page-size 100 --page 1");
        assert.ok(!asked.join().includes("--show-secrets"));
    });

    it("are unreadable where pulumi prints something else", async () => {
        await assert.rejects(
            everyUpdate(() => Promise.resolve('{"error":"no"}'), "staging"),
            /pulumi stack history printed something else than a list/,
        );
        await assert.rejects(everyUpdate(() => Promise.resolve("Stack has never been updated"), "staging"));
    });
});
