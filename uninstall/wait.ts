import { type Cluster, request } from "./cluster";
import { goOn, heldLines } from "./held";
import { heldIn } from "./look";
import { namespaceKind, pathOf } from "./objects";

interface Namespace {
    readonly metadata: { readonly deletionTimestamp?: string };
    readonly status?: {
        readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
    };
}

/** Waits until a namespace that is being deleted is gone. If it is not in time, the error names what blocks it. */
export async function waitForNamespace(cluster: Cluster, name: string): Promise<void> {
    const path = pathOf(namespaceKind, undefined, name);
    for (;;) {
        const namespace = await request<Namespace>(cluster, { path });
        // If nothing deletes the namespace, there is nothing to wait for: only the step was removed from the stack.
        if (namespace?.metadata.deletionTimestamp === undefined) {
            return;
        }
        if (Date.now() + 1000 >= cluster.deadline) {
            const said = namespace.status?.conditions?.filter(({ status }) => status === "True") ?? [];
            const held = await heldIn({ ...cluster, deadline: Date.now() + 15_000 }, name).catch(() => []);
            throw new Error(
                [
                    `Namespace ${name} is being deleted, and still exists.`,
                    ...said.map(({ message }) => `  ${message}`),
                    ...heldLines(cluster, held),
                    held.length > 0
                        ? goOn
                        : `See kubectl --context ${cluster.context} get namespace ${name} -o yaml, and run pulumi destroy again.`,
                ].join("\n"),
            );
        }
        await new Promise((later) => setTimeout(later, 500));
    }
}
