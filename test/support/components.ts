import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { kustomizeBuild, type Manifest } from "./kustomize";
import { scratchFolder } from "./scratch";

export const repository = "scaffold/fluxcd-infrastructure";
export const steps = { operator: "infrastructure", configs: "infrastructure/configs" } as const;
export type Step = keyof typeof steps;

/** The parts of other components, which no overlay lists under `resources`. */
const parts = ["gateway-certificates", "namespace"];
export const namesOf = (step: Step) =>
    readdirSync(join(repository, steps[step], "components")).filter((it) => !parts.includes(it));

/** The kinds that a cluster knows, or that Flux brings. All others need an operator. */
export const isKnown = ({ apiVersion }: Manifest) =>
    /^(v1$|apps\/|admissionregistration\.k8s\.io\/|networking\.k8s\.io\/|rbac\.authorization\.k8s\.io\/)/.test(
        apiVersion,
    ) || /^(source|helm)\.toolkit\.fluxcd\.io\//.test(apiVersion);
export const isOfFlux = ({ apiVersion }: Manifest) => apiVersion.includes(".fluxcd.io/");
export const level = "pod-security.kubernetes.io";

export interface Release extends Manifest {
    readonly spec: {
        readonly chartRef?: { readonly kind: string; readonly name: string };
        readonly chart?: { readonly spec: { readonly version: string; readonly sourceRef: { readonly name: string } } };
        readonly install: object;
        readonly upgrade: object;
        readonly values: object;
    };
}
export interface Source extends Manifest {
    readonly spec: { readonly ref?: { readonly tag: string; readonly digest: string } };
}

/** A step's overlay of an environment with further lines. */
export async function overlayWith(step: Step, environment: string, ...lines: readonly string[]): Promise<Manifest[]> {
    const copy = scratchFolder();
    cpSync(repository, copy, { recursive: true });
    const overlay = join(copy, steps[step], "overlays", environment);
    const file = join(overlay, "kustomization.yaml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("  - ../../base\n", ["  - ../../base", ...lines, ""].join("\n")));
    return kustomizeBuild(overlay);
}

/** All of a pod's containers, with the settings of the pod. */
export function imagesIn(manifests: readonly Manifest[]): string[] {
    return [...JSON.stringify(manifests).matchAll(/"image":"([^"]+)"/g)].map(([, image = ""]) => image);
}
