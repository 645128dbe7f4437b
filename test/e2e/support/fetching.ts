import assert from "node:assert/strict";

import { type Context, readyUntil, reconcile } from "./cluster";
import { type RequestRecord, standIn } from "./github";
import { type RepositoryName, sourceOf } from "./git";

export const repositories: readonly RepositoryName[] = ["fluxcd-infrastructure", "fluxcd-apps"];

export interface Fetching<T> {
    readonly result: T;
    /** What git asked of the stand-in meanwhile, over HTTP and SSH. */
    readonly fetches: readonly RequestRecord[];
}

/** Lets Flux fetch without a pause while something runs. No fetch may fail, and no source may be anything but ready. */
export async function whileFetching<T>(context: Context, runs: () => Promise<T>): Promise<Fetching<T>> {
    await standIn.forget();
    const running = runs();
    let isRunning = true;
    const end = running.finally(() => (isRunning = false));
    const loop = async (repository: RepositoryName) => {
        // A run that is killed early is followed for a while longer: a key that it took away shows then too.
        for (let times = 0; isRunning || times < 3; times += 1) {
            await reconcile(context, "gitrepository", sourceOf(repository));
        }
    };
    const loops = Promise.all(repositories.map(loop));
    const states = readyUntil(
        context,
        Promise.allSettled([end, loops]).then(() => undefined),
    );
    const result = await running;
    await loops;
    const fetches = (await standIn.requests()).filter(({ via }) => via.startsWith("git-"));
    const failed = fetches.filter(({ status }) => status !== 200);
    assert.deepEqual(failed, [], "a fetch failed");
    const seen = await states;
    assert.ok(seen.length >= repositories.length, "no source was seen");
    assert.deepEqual(
        seen.filter((state) => state.split(" ")[1] === "False"),
        [],
    );
    for (const repository of repositories) {
        const own = fetches.filter(({ path }) => path.includes(repository));
        assert.ok(own.length > 2, `${repository} was fetched ${own.length} times only`);
    }
    return { result, fetches };
}
