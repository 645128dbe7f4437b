import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { checkout } from "../paths.ts";
import { readProject } from "../settings.ts";
import { shell } from "../shell.ts";
import { fluxCommand } from "../toolchain/index.ts";
import { workDirectory } from "./support.ts";

/** The flux command of the release that the program installs. */
export function flux(log?: (line: string) => void): Promise<string> {
    return fluxCommand(readProject().fluxVersion, log);
}

/**
 * A repository as people have it who bootstrap with flux
 * (https://github.com/fluxcd/flux2-kustomize-helm-example): what the program's two hold, in one, with a Kustomization for
 * each. It is there before the time is taken; the program makes its own within its time.
 */
export async function makeFleet(): Promise<void> {
    await shell(
        'curl -fsS -X POST -H "authorization: Bearer $GITHUB_TOKEN" -o /dev/null $LAB_GITHUB_URL/api/v3/user/repos -d \'{"name": "fleet"}\'',
    );
    const fleet = join(workDirectory, "fleet");
    for (const name of ["infrastructure", "apps"])
        cpSync(join(checkout, "scaffold", `fluxcd-${name}`, name), join(fleet, name), { recursive: true });
    const cluster = join(fleet, "clusters", "dev");
    mkdirSync(cluster, { recursive: true });
    writeFileSync(join(cluster, "infrastructure.yaml"), stringify(kustomization("infrastructure")));
    const configs = { path: "./infrastructure/configs/overlays/dev", dependsOn: [{ name: "infrastructure" }] };
    writeFileSync(
        join(cluster, "infrastructure-configs.yaml"),
        stringify(kustomization("infrastructure-configs", configs)),
    );
    const apps = { serviceAccountName: "apps-reconciler", dependsOn: [{ name: "infrastructure-configs" }] };
    writeFileSync(join(cluster, "apps.yaml"), stringify(kustomization("apps", apps)));
    const author = "-c user.name=bench -c user.email=bench@example.com";
    await shell(
        `git init -q -b main && git add -A && git ${author} commit -qm "The fleet" && git push -q $LAB_GITHUB_URL/misua/fleet.git main`,
        undefined,
        fleet,
    );
}

/** With the intervals and the waiting that the program's own have. */
function kustomization(name: string, more: object = {}): unknown {
    return {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: { name, namespace: "flux-system" },
        spec: {
            interval: "5m",
            retryInterval: "1m",
            timeout: "3m",
            sourceRef: { kind: "GitRepository", name: "flux-system" },
            path: `./${name}/overlays/dev`,
            prune: true,
            wait: true,
            ...more,
        },
    };
}

export function bootstrapCommand(executable: string): string {
    const access = "--allow-insecure-http --token-auth --username=x-access-token --password=$GITHUB_TOKEN";
    const where = "--url=$LAB_GITHUB_URL/misua/fleet.git --branch=main --path=clusters/dev";
    return `${executable} --context=dev bootstrap git ${where} ${access}`;
}

/** The one that comes last, which waits for the others. */
export const allReady =
    "kubectl --context dev -n flux-system wait --timeout=180s --for=condition=Ready kustomization/apps";
