import assert from "node:assert/strict";

import { told } from "../../checks/waiting";

describe("What an update waits for", () => {
    it("is said while it waits", async () => {
        const said: string[] = [];
        let answer: (text: string) => void = () => undefined;
        const work = new Promise<string>((resolve) => {
            answer = resolve;
        });
        const heard = new Promise<void>((resolve) => {
            const say = (text: string) => {
                said.push(text);
                resolve();
            };
            void told("GitHub", work, say, 1).then((text) => said.push(text));
        });
        await heard;
        assert.deepEqual(said, ["Waiting for GitHub"]);
        answer("done");
        assert.equal(await work, "done");
    });

    it("is not said where the answer comes at once, and an error stays what it is", async () => {
        const said: string[] = [];
        const say = (text: string) => said.push(text);
        assert.equal(await told("GitHub", Promise.resolve("done"), say, 60_000), "done");
        await assert.rejects(told("GitHub", Promise.reject(new Error("no answer")), say, 60_000), /no answer/);
        assert.deepEqual(said, []);
    });
});
