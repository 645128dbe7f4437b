import { malformedProxy } from "../domain/proxy";
import type { Problem } from "../domain/problem";

/**
 * Returns the problem with a proxy in the environment; undefined if there is none. Go ignores such a proxy, so the
 * providers would go another way than this program. Never shows the value, which may have a password in it.
 */
export function proxyProblem(env: Readonly<NodeJS.ProcessEnv> = process.env): Problem | undefined {
    const key = malformedProxy(env);
    const expected =
        "is not the address of a proxy: expected http://<host>:<port>, with special characters of a user or password as %XX";
    return key === undefined ? undefined : { key, expected, fix: `export ${key}=http://<host>:<port>` };
}
