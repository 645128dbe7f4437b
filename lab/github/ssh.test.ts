import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StandIn } from "./harness.ts";

const github = new StandIn();
before(() => github.start());
after(() => github.end());

void test("a deploy key opens its own repository and no other, and only to read", async () => {
    const copy = await github.repository("opened");
    await github.repository("closed");
    const key = await github.key("registered");
    const stranger = await github.key("stranger");
    const added = await github.rest("POST", "/repos/misua/opened/keys", {
        title: "flux",
        key: key.public,
        read_only: true,
    });
    assert.equal(added.at("key"), key.public.split(" ").slice(0, 2).join(" "));

    assert.ok((await copy.gitAs(key.env, "ls-remote", `${github.ssh}/misua/opened.git`)).ok);
    assert.match(
        (await copy.gitAs(key.env, "ls-remote", `${github.ssh}/misua/closed.git`)).output,
        /Repository not found/,
    );
    assert.match(
        (await copy.gitAs(stranger.env, "ls-remote", `${github.ssh}/misua/opened.git`)).output,
        /Permission denied/,
    );
    assert.match(
        (await copy.gitAs(key.env, "push", `${github.ssh}/misua/opened.git`, "main:other")).output,
        /marked as read only/,
    );

    const again = await github.rest("POST", "/repos/misua/closed/keys", { title: "flux", key: key.public });
    assert.deepEqual([again.status, again.at("errors.0.message")], [422, "key is already in use"]);
    await github.rest("DELETE", `/repos/misua/opened/keys/${added.text("id")}`);
    assert.match(
        (await copy.gitAs(key.env, "ls-remote", `${github.ssh}/misua/opened.git`)).output,
        /Permission denied/,
    );
});
