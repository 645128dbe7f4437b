import assert from "node:assert/strict";
import { join } from "node:path";

import { asked, plugin, type Servers, startServers, written } from "../support/kubeconfigs";
import { scratchFolder } from "../support/scratch";

describe("A credential plugin", () => {
    let at: Servers;

    before(async () => {
        at = await startServers();
    });
    after(() => at.close());

    /** A plugin that counts its runs, and prints their number as its token. */
    function counting(status: string, before = ""): { env: NodeJS.ProcessEnv; runs: string } {
        const runs = join(scratchFolder(), "runs");
        const script = `${before}
echo x >> ${runs}
n=$(wc -l < ${runs} | tr -d ' ')
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$n'"${status}}}'`;
        const user = plugin({}, { args: ["-c", script], interactiveMode: "IfAvailable" });
        return { env: written({ files: { a: at.one(user) } }), runs };
    }

    const tokens = () => at.seen().map(({ authorization }) => authorization);

    it("runs once for all requests of a process, also at the same time", async () => {
        const { env } = counting("");
        await Promise.all([asked(env), asked(env), asked(env)]);
        await asked(env);
        assert.deepEqual(tokens(), Array(4).fill("Bearer 1"));
    });

    it("runs again after its credential has expired", async () => {
        const { env } = counting(`,"expirationTimestamp":"2020-01-01T00:00:00Z"`);
        await asked(env);
        await asked(env);
        assert.deepEqual(tokens(), ["Bearer 2", "Bearer 3"]);
    });

    it("runs again if the API server refuses its credential, and once only", async () => {
        const { env } = counting("");
        at.secure.statuses.push(401);
        assert.equal((await asked(env)).status, 200);
        assert.deepEqual(tokens(), ["Bearer 1", "Bearer 2"]);
        at.secure.statuses.push(401, 401, 401);
        assert.equal((await asked(env)).status, 401);
        at.secure.statuses.length = 0;
    });

    it("has more time than the request, in which a person may sign in, and its words are shown", async () => {
        const { env } = counting("", `echo 'To sign in, open https://example.com/device' >&2; sleep 0.4`);
        const shown: string[] = [];
        const write = process.stderr.write.bind(process.stderr);
        process.stderr.write = (chunk: string | Uint8Array) => shown.push(chunk.toString()) > 0;
        try {
            const { status } = await asked(env, 300);
            assert.equal(status, 200);
        } finally {
            process.stderr.write = write;
        }
        assert.deepEqual(shown, ["To sign in, open https://example.com/device\n"]);
    });

    it("that failed runs again with the next request", async () => {
        const runs = join(scratchFolder(), "failed");
        const { env } = counting("", `[ -f ${runs} ] || { touch ${runs}; exit 1; }`);
        await assert.rejects(asked(env), /failed with exit code 1$/);
        assert.equal((await asked(env)).status, 200);
    });
});
