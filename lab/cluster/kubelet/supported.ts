import { Refusal } from "./controllers.ts";
import type { ContainerSpec, Pod, Probe, Volume } from "./plain.ts";

/** Refuses a pod that asks for more than this kubelet does, instead of running it as if it had not asked. */
export function assertSupported({ spec }: Pod): void {
    const unsupported = [
        ...(spec?.initContainers?.length ? ["init containers"] : []),
        ...(spec?.hostNetwork ? ["hostNetwork"] : []),
        ...(spec?.restartPolicy === undefined || spec.restartPolicy === "Always"
            ? []
            : [`restartPolicy ${spec.restartPolicy}`]),
        ...(spec?.volumes ?? [])
            .filter((volume) => !isSupported(volume))
            .map(({ name }) => `the kind of volume "${name}"`),
        ...(spec?.containers ?? []).flatMap(unsupportedIn),
    ];
    if (unsupported.length > 0) {
        const message = `The lab's kubelet does not do ${unsupported.join(", ")}.`;
        throw new Refusal("CreateContainerConfigError", message);
    }
}

function isSupported({ emptyDir, persistentVolumeClaim, projected }: Volume): boolean {
    // The service account's token reaches the controllers by their kubeconfig.
    return Boolean(
        emptyDir ?? persistentVolumeClaim ?? projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
    );
}

function unsupportedIn(container: ContainerSpec): string[] {
    const { name, command, envFrom, lifecycle, startupProbe, readinessProbe, livenessProbe } = container;
    const isHttp = (probe: Probe | undefined) => probe === undefined || probe.httpGet !== undefined;
    return [
        ...(command ? ["command"] : []),
        ...(envFrom?.length ? ["envFrom"] : []),
        ...(lifecycle ? ["lifecycle hooks"] : []),
        ...(startupProbe ? ["startup probes"] : []),
        ...(isHttp(readinessProbe) && isHttp(livenessProbe) ? [] : ["probes other than httpGet"]),
    ].map((what) => `${what} (container ${name})`);
}
