import { CustomObjectsApi, KubeConfig, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { join } from "node:path";
import { labDirectory } from "../paths.ts";
import { until } from "../shell.ts";

const ofKind = { group: "kustomize.toolkit.fluxcd.io", version: "v1", plural: "kustomizations" } as const;

interface Named {
    readonly metadata: { readonly name: string };
}

/** How many requests are under way at once. */
const atOnce = 20;

/**
 * The many requests of one namespace's Kustomizations. kubectl makes five a second where it changes and deletes
 * (client-go's own limit), and computes 60 ms for each that it applies: with it, the bench would measure kubectl.
 */
export class KustomizationsOf {
    private readonly namespace: string;
    private readonly api: CustomObjectsApi;

    constructor(namespace: string) {
        this.namespace = namespace;
        const kubeconfig = new KubeConfig();
        kubeconfig.loadFromFile(join(labDirectory, "kubeconfig"));
        kubeconfig.setCurrentContext("dev");
        this.api = kubeconfig.makeApiClient(CustomObjectsApi);
    }

    make(objects: readonly object[]): Promise<void> {
        return each(objects, (body) =>
            this.api.createNamespacedCustomObject({ ...ofKind, namespace: this.namespace, body }),
        );
    }

    /** Has all of them reconciled: what `flux reconcile kustomization` does of each. */
    async reconcile(requestedAt: string): Promise<void> {
        const names = (await this.list()).map(({ metadata }) => metadata.name);
        const body = { metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": requestedAt } } };
        const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
        await each(names, (name) =>
            this.api.patchNamespacedCustomObject({ ...ofKind, namespace: this.namespace, name, body }, merge),
        );
    }

    /** Deletes them all, and waits until the controller has let go of the last. */
    async takeAway(): Promise<void> {
        await this.api.deleteCollectionNamespacedCustomObject({ ...ofKind, namespace: this.namespace });
        await until(`without a Kustomization in ${this.namespace}`, 300, async () => (await this.list(1)).length === 0);
    }

    private async list(limit?: number): Promise<readonly Named[]> {
        const { items } = (await this.api.listNamespacedCustomObject({
            ...ofKind,
            namespace: this.namespace,
            ...(limit !== undefined && { limit }),
        })) as { items: readonly Named[] };
        return items;
    }
}

async function each<T>(all: readonly T[], request: (one: T) => Promise<unknown>): Promise<void> {
    const queue = all.values();
    const worker = async () => {
        for (const one of queue) await request(one);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
}
