import type { UninstallStepArgs } from "./settings";
import { connect, saidGone, type Wanted } from "./connect";
import { free } from "./free";
import { look } from "./look";
import { waitForNamespace } from "./wait";

/** What the state has of a step. */
export interface State extends UninstallStepArgs {
    readonly kustomizations: readonly string[];
    readonly stack: string;
    readonly __provider?: string;
}

/**
 * What a refresh asks of a step. A refresh runs no program, and reads whatever cluster the context leads to. It cannot be
 * kept from that, but it ends with an error that says how to go on. One step asks for all of them.
 */
export async function read(id: string, state?: State): Promise<{ id: string; props?: State }> {
    const asks = state && (state.step === "look" || saidGone());
    if (!asks) {
        return { id, ...(state && { props: state }) };
    }
    const cluster = await told(state.step, () => connect(wanted("refresh", state, 10)));
    return cluster ? { id, props: state } : { id: "" };
}

/** Takes a step of a destroy. Fails before it has touched anything if the cluster is not the stack's. */
export async function take(state: State): Promise<void> {
    await told(state.step, async () => {
        const cluster = await connect(wanted("destroy", state, state.uninstallSeconds));
        if (cluster) {
            await { look, free, same: () => undefined, wait: () => waitForNamespace(cluster, state.namespace) }[
                state.step
            ](cluster, state);
        }
    });
}

function wanted(command: Wanted["command"], { context, clusterUid, stack }: State, seconds: number): Wanted {
    return { context, clusterUid, stack, command, seconds };
}

/** Pulumi prints what a step throws a second time, and with its stack. */
async function told<T>(step: string, act: () => Promise<T>): Promise<T> {
    try {
        return await act();
    } catch (error) {
        throw Object.assign(error as Error, { toString: () => `Stopped at ${step}`, stack: "see its error" });
    }
}
