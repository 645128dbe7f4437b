import { readConfig } from "../../config";
import type { Kustomizations } from "../../config/kustomizations";
import { startEngine } from "./engine";
import { useStackFile } from "./stack";

/** A Kustomization of one's own, as in a stack file. */
export const monitoring = { source: "infrastructure", path: "./monitoring" };

/** The Kustomizations of dev with these in its stack file, and with these other settings. */
export async function kustomizationsOf(kustomizations: object, more: object = {}): Promise<Kustomizations> {
    process.env.GITHUB_TOKEN = "token-of-the-test";
    await startEngine("dev");
    useStackFile("Pulumi.dev.yaml", { "fluxcd:kustomizations": kustomizations, ...more });
    return readConfig().kustomizations;
}
