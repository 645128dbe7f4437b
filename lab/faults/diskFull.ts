import { execa } from "execa";
import { join } from "node:path";
import type { Fault, Scene } from "./faults.ts";
import { controllerOf } from "./states.ts";

/** Where source-controller keeps its artifacts: https://fluxcd.io/flux/components/source/ */
function artifacts({ operation }: Scene): string {
    const found = controllerOf(operation.stack, "source-controller");
    if (!found) throw new Error("source-controller does not run.");
    return join(found.volumes, "data");
}

/** A file system of one page over the artifacts. Only an administrator of the machine may mount one. */
export const diskFull: Fault = {
    name: "disk-full",
    what: "the disk of source-controller's artifacts is full, until the command ends",
    suits: (point, { name }) =>
        point.kind === "resource" &&
        point.name === "apps-source" &&
        point.moment === "begins" &&
        ["promotion", "rotation"].includes(name),
    strike: async (scene) => {
        await execa("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", artifacts(scene)]);
    },
    heal: async (scene) => {
        await execa("umount", [artifacts(scene)]);
    },
    says: /no space left on device/,
};
