import type { UninstallStepArgs } from "./settings";
import { connect, saidGone, type Wanted } from "./connect";
import { free } from "./free";
import { look } from "./look";
import { waitForNamespace } from "./wait";

/** The properties of a step in the state. */
export interface State extends UninstallStepArgs {
    readonly kustomizations: readonly string[];
    readonly stack: string;
    readonly __provider?: string;
}

/**
 * Checks during a refresh that the cluster is the stack's. A refresh runs no program, and reads any cluster that the
 * context leads to. This cannot prevent it, but ends the refresh with an error that says how to continue. One step
 * checks for all.
 */
export async function read(id: string, state?: State): Promise<{ id: string; props?: State }> {
    const asks = state && (state.step === "look" || saidGone());
    if (!asks) {
        return { id, ...(state && { props: state }) };
    }
    const cluster = await told(state.step, () => connect(wanted("refresh", state, 10)));
    return cluster ? { id, props: state } : { id: "" };
}

/** Runs a step of a destroy. Fails before it changes anything if the cluster is not the stack's. */
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

/** Keeps Pulumi from printing an error a second time, with its stack trace. */
async function told<T>(step: string, act: () => Promise<T>): Promise<T> {
    try {
        return await act();
    } catch (error) {
        throw Object.assign(error as Error, { toString: () => `Stopped at ${step}`, stack: "see its error" });
    }
}
