import { KubeConfig } from "@kubernetes/client-node";
import { parseArgs } from "node:util";
import type { Images } from "./controllers.ts";
import { Kubelet } from "./kubelet.ts";
import { endLeftovers } from "./leftovers.ts";

const { values } = parseArgs({
    options: {
        lab: { type: "string" },
        kubeconfig: { type: "string" },
        cluster: { type: "string", multiple: true, default: [] },
        image: { type: "string", multiple: true, default: [] },
    },
});
const { lab, kubeconfig: file, cluster: clusters, image } = values;
if (!lab || !file || clusters.length === 0) {
    console.error(
        "usage: main.ts --lab DIRECTORY --kubeconfig FILE --cluster CONTEXT... --image NAME@VERSION=EXECUTABLE...",
    );
    process.exit(2);
}

const images: Images = {};
for (const each of image) {
    const {
        name = "",
        version = "",
        executable = "",
    } = /^(?<name>[^@]+)@(?<version>[^=]+)=(?<executable>.+)$/.exec(each)?.groups ?? {};
    images[name] = { ...images[name], [version]: executable };
}

await endLeftovers(lab);
const kubelets = clusters.map((cluster) => {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromFile(file);
    kubeconfig.setCurrentContext(cluster);
    return new Kubelet({ lab, cluster, kubeconfig, images });
});
for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
        void Promise.all(kubelets.map((kubelet) => kubelet.stop())).finally(() => process.exit(0));
    });
}
await Promise.all(kubelets.map((kubelet) => kubelet.start()));
const webhookReceivers = kubelets.map(({ cluster, webhookReceiver }) => [cluster, webhookReceiver] as const);
console.log(JSON.stringify({ clusters, webhookReceivers: Object.fromEntries(webhookReceivers) }));
