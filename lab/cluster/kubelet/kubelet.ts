import { CoreV1Api, type KubeConfig, makeInformer } from "@kubernetes/client-node";
import { join } from "node:path";
import { realNamespace } from "../names.ts";
import type { Images } from "./controllers.ts";
import type { Pod } from "./plain.ts";
import { RealPod } from "./pod.ts";
import { rest } from "./probe.ts";
import { Services } from "./services.ts";

export interface KubeletOptions {
    lab: string;
    cluster: string;
    kubeconfig: KubeConfig;
    images: Images;
}

const webhookReceiver = { name: "webhook-receiver", namespace: realNamespace, port: 80 };

/** Runs the pods of one cluster's real namespace, as they are scheduled, changed and deleted. */
export class Kubelet {
    readonly cluster: string;
    private readonly pods = new Map<string, RealPod>();
    private readonly options: KubeletOptions;
    private readonly api: CoreV1Api;
    private readonly services: Services;
    private readonly over = new AbortController();

    constructor(options: KubeletOptions) {
        this.options = options;
        this.cluster = options.cluster;
        this.api = options.kubeconfig.makeApiClient(CoreV1Api);
        const file = join(options.lab, "pods", options.cluster, "services.json");
        this.services = new Services(this.api, file, (namespace, selector, port) =>
            [...this.pods.values()]
                .filter((pod) => pod.matches(namespace, selector))
                .map((pod) => pod.readyPort(port))
                .find((found) => found !== undefined),
        );
    }

    /** Where Flux takes webhooks, whether it runs or not: what an Ingress would lead to. */
    get webhookReceiver(): string {
        return `http://${this.services.address(webhookReceiver)}`;
    }

    /** Returns when the first list is in. */
    async start(): Promise<void> {
        await this.services.open(webhookReceiver);
        const path = `/api/v1/namespaces/${realNamespace}/pods`;
        const list = () => this.api.listNamespacedPod({ namespace: realNamespace });
        const informer = makeInformer(this.options.kubeconfig, path, list);
        const take = (pod: Pod) => {
            this.take(pod);
        };
        informer.on("add", take);
        informer.on("update", take);
        informer.on("delete", (pod) => {
            this.drop(pod);
        });
        informer.on("error", (error: unknown) => {
            console.error(`${this.options.cluster}: the watch ended:`, error instanceof Error ? error.message : error);
            void rest(1000, this.over.signal).then(() => (this.over.signal.aborted ? undefined : informer.start()));
        });
        this.over.signal.addEventListener("abort", () => void informer.stop());
        await informer.start();
    }

    private take(pod: Pod): void {
        const { metadata, spec, status } = pod;
        const uid = metadata?.uid;
        if (!uid || !spec?.nodeName || status?.phase === "Failed" || status?.phase === "Succeeded") return;
        const known = this.pods.get(uid);
        if (known) {
            known.update(pod);
            return;
        }
        if (metadata.deletionTimestamp) {
            void this.removeObject(metadata);
            return;
        }
        const { lab, cluster, kubeconfig, images } = this.options;
        const server = kubeconfig.getCurrentCluster();
        const created = new RealPod(pod, {
            lab,
            cluster,
            images,
            api: this.api,
            services: this.services,
            server: { url: server?.server ?? "", certificateAuthorityData: server?.caData ?? "" },
            podIP: status?.podIP ?? this.freeAddress(),
        });
        this.pods.set(uid, created);
    }

    /** A pod whose deletion began under a kubelet that was killed meanwhile has no process any more. */
    private async removeObject({ name = "", namespace = "" }: NonNullable<Pod["metadata"]>): Promise<void> {
        await this.api.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }).catch((error: unknown) => {
            console.error(`${this.options.cluster}/${name}:`, error instanceof Error ? error.message : error);
        });
    }

    /** From a block for documentation: nobody's, because what must be reached is reached by the host's own ports. */
    private freeAddress(): string {
        const taken = new Set([...this.pods.values()].map(({ podIP }) => podIP));
        for (let last = 100; ; last++) if (!taken.has(`192.0.2.${last}`)) return `192.0.2.${last}`;
    }

    private drop({ metadata }: Pod): void {
        const pod = this.pods.get(metadata?.uid ?? "");
        this.pods.delete(metadata?.uid ?? "");
        void pod?.end(0).then(() => {
            pod.forget();
        });
    }

    /** Ends every process it started and leaves the objects alone. */
    async stop(): Promise<void> {
        this.over.abort();
        await Promise.all([...this.pods.values()].map((pod) => pod.end(3)));
    }
}
