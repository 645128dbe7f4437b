import type { Settings } from "./engine.ts";
import { type Point, request, resource } from "./points.ts";
import { releaseTag } from "./prepare.ts";
import type { Stack } from "./world.ts";

/** The lab before an operation; see prepare.ts. */
export type State = "nothing" | "dev" | "release";

/** Something people do, which a fault strikes in the middle. */
export interface Operation {
    readonly name: string;
    /** What it is, for the report. */
    readonly what: string;
    readonly from: State;
    readonly stack: Stack;
    readonly command: "up" | "destroy";
    readonly settings: Settings;
    /** Where it may be struck, in about the order in which it gets there. */
    readonly points: readonly Point[];
    /** Whether the pods of the apps stay the same ones; a new release has new ones. */
    readonly keepsPods: boolean;
}

const post = (path: string) => ({ method: "POST", path });
const keys = post("/keys$");
const webhooks = { "fluxcd:webhook": { url: "https://flux.dev.example.com" } };

const making: readonly Point[] = [
    request("release-download", { via: "release" }, 2),
    request("repository", post("/user/repos$")),
    request("repository", post("/user/repos$"), 2),
    request("repository-settings", { method: "PATCH", path: "/repos/misua/[^/]+$" }),
    resource("flux-namespace-flux-system"),
    resource("flux-customresourcedefinition-kustomizations.kustomize.toolkit.fluxcd.io"),
    resource("flux-customresourcedefinition-helmcharts.source.toolkit.fluxcd.io", "ends"),
    request("push", post("/git-receive-pack$")),
    request("push", post("/git-receive-pack$"), 2),
    resource("flux-serviceaccount-source-controller"),
    resource("flux-deployment-source-controller"),
    request("protection", { via: "graphql" }, 3),
    request("protection", { via: "graphql" }, 4),
    request("ruleset", post("/rulesets$")),
    request("ruleset", post("/rulesets$"), 2),
    request("deploy-key", keys),
    request("deploy-key", keys, 2),
    resource("infrastructure-secret"),
    resource("infrastructure-source"),
    request("fetch", { via: "git-ssh" }),
    resource("infrastructure-kustomization"),
    resource("infrastructure-configs-kustomization"),
    resource("apps-source", "ends"),
    resource("apps-kustomization"),
    resource("webhook-receiver"),
    request("webhook", post("/hooks$")),
    request("webhook", post("/hooks$"), 2),
    resource("uninstall-check"),
];

const changing: readonly Point[] = [
    request("repository-read", { method: "GET", path: "/repos/misua/fluxcd-apps$" }),
    resource("flux-deployment-kustomize-controller"),
    resource("flux-deployment-source-controller", "ends"),
    resource("apps-source"),
    resource("apps-kustomization"),
    resource("apps-kustomization", "ends"),
];

const promoting: readonly Point[] = [
    request("tag-read", { method: "GET", path: `/commits/tags%2F${releaseTag}$` }),
    resource("release"),
    resource("apps-source"),
    request("fetch", { via: "git-ssh" }),
    resource("apps-source", "ends"),
    resource("apps-kustomization"),
    resource("apps-kustomization", "ends"),
];

const rotating: readonly Point[] = [
    resource("infrastructure-deploy-key-seed"),
    request("deploy-key", keys),
    request("deploy-key", keys, 2),
    resource("infrastructure-secret"),
    resource("apps-source"),
    resource("apps-source", "ends"),
    request("key-deletion", { method: "DELETE", path: "/keys/\\d+$" }),
    request("key-deletion", { method: "DELETE", path: "/keys/\\d+$" }, 2),
    resource("apps-secret", "ends"),
];

const leaving: readonly Point[] = [
    resource("uninstall-check"),
    request("webhook-deletion", { method: "DELETE", path: "/hooks/\\d+$" }),
    resource("apps-kustomization"),
    resource("infrastructure-kustomization", "ends"),
    request("key-deletion", { method: "DELETE", path: "/keys/\\d+$" }),
    resource("flux-same-at-controllers"),
    resource("flux-deployment-source-controller"),
    resource("flux-objects-freed"),
    resource("flux-customresourcedefinition-kustomizations.kustomize.toolkit.fluxcd.io"),
    resource("flux-customresourcedefinition-helmcharts.source.toolkit.fluxcd.io", "ends"),
    resource("flux-same-at-namespace"),
    resource("flux-namespace-flux-system"),
    resource("flux-namespace-gone"),
];

export const operations: readonly Operation[] = [
    {
        name: "up",
        what: "`pulumi up -s dev` from nothing",
        from: "nothing",
        stack: "dev",
        command: "up",
        settings: webhooks,
        points: making,
        keepsPods: true,
    },
    {
        name: "change",
        what: "`pulumi up -s dev` with changed settings of Flux and of the apps",
        from: "dev",
        stack: "dev",
        command: "up",
        settings: {
            ...webhooks,
            "fluxcd:flux": { logLevel: "debug" },
            "fluxcd:sources": { apps: { interval: "2m" } },
            "fluxcd:kustomizations": { apps: { interval: "7m", timeout: "91s" } },
        },
        points: changing,
        keepsPods: true,
    },
    {
        name: "promotion",
        what: "`pulumi up -s staging` with the next release",
        from: "release",
        stack: "staging",
        command: "up",
        settings: { "fluxcd:sources": { apps: { tag: releaseTag } } },
        points: promoting,
        keepsPods: false,
    },
    {
        name: "rotation",
        what: "`pulumi up -s dev` with another `fluxcd:identity.generation`",
        from: "dev",
        stack: "dev",
        command: "up",
        settings: { ...webhooks, "fluxcd:identity": { kind: "deployKey", generation: 2 } },
        points: rotating,
        keepsPods: true,
    },
    {
        name: "destroy",
        what: "`pulumi destroy -s dev`",
        from: "dev",
        stack: "dev",
        command: "destroy",
        settings: webhooks,
        points: leaving,
        keepsPods: true,
    },
];
