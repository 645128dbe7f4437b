import assert from "node:assert/strict";

import { told } from "../../checks/waiting";

describe("The message about a slow request", () => {
    it("is logged while the request waits for its answer", async () => {
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

    it("is not logged if the request succeeds or fails at once", async () => {
        const said: string[] = [];
        const say = (text: string) => said.push(text);
        assert.equal(await told("GitHub", Promise.resolve("done"), say, 60_000), "done");
        await assert.rejects(told("GitHub", Promise.reject(new Error("no answer")), say, 60_000), /no answer/);
        assert.deepEqual(said, []);
    });
});
