import { expand } from "./arguments.ts";
import { Refusal } from "./controllers.ts";
import type { ContainerSpec, Pod, Variable } from "./plain.ts";

/** The container's variables in their order, each of which may use those before it. */
export function resolveVariables(pod: Pod, container: ContainerSpec): Record<string, string> {
    const variables: Record<string, string> = {};
    for (const variable of container.env ?? []) {
        variables[variable.name] = resolve(variable, pod, container, variables);
    }
    return variables;
}

function resolve(
    { name, value, valueFrom }: Variable,
    pod: Pod,
    container: ContainerSpec,
    earlier: Record<string, string>,
): string {
    if (valueFrom?.fieldRef) return field(valueFrom.fieldRef.fieldPath, pod);
    if (valueFrom?.resourceFieldRef) {
        const { resource, divisor } = valueFrom.resourceFieldRef;
        const [kind, what = ""] = resource.split(".");
        const amounts = kind === "limits" ? container.resources?.limits : container.resources?.requests;
        const unit = divisor === undefined || divisor === "0" ? 1 : quantity(divisor);
        return String(Math.ceil(quantity(amounts?.[what] ?? "0") / unit));
    }
    if (valueFrom) {
        throw new Refusal(
            "CreateContainerConfigError",
            `The lab's kubelet does not read the variable ${name} from ${Object.keys(valueFrom).join(", ")}.`,
        );
    }
    return expand(value ?? "", earlier);
}

function field(path: string, pod: Pod): string {
    const { metadata, spec, status } = pod;
    const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
    if (keyed) return metadata?.[keyed[1] as "labels" | "annotations"]?.[keyed[2] ?? ""] ?? "";
    const fields: Record<string, string | undefined> = {
        "metadata.name": metadata?.name,
        "metadata.namespace": metadata?.namespace,
        "metadata.uid": metadata?.uid,
        "spec.nodeName": spec?.nodeName,
        "spec.serviceAccountName": spec?.serviceAccountName,
        "status.podIP": status?.podIP,
        "status.hostIP": status?.hostIP,
    };
    const value = fields[path];
    if (value === undefined) throw new Refusal("CreateContainerConfigError", `The pod has no field ${path}.`);
    return value;
}

const units: Record<string, number> = {
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number. */
export function quantity(text: string): number {
    const { number = "", unit = "" } = /^(?<number>[\d.]+)(?<unit>[A-Za-z]*)$/.exec(text)?.groups ?? {};
    const factor = units[unit];
    if (number === "" || factor === undefined) {
        throw new Refusal("CreateContainerConfigError", `"${text}" is not a quantity that the lab's kubelet reads.`);
    }
    return Number(number) * factor;
}
