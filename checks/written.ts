import type { Config } from "../config";
import type { FurtherKustomization, FurtherSource } from "../config/further";

/** What the program writes of a kind of Flux's with these settings: every field, and values where only some are taken. */
export interface Written {
    readonly apiVersion: string;
    readonly kind: string;
    /** The objects of it, in words. */
    readonly what: string;
    readonly spec: object;
}

interface Fetched {
    readonly ref: object;
    readonly verify?: FurtherSource["verify"];
    readonly suspend?: boolean | undefined;
}

interface Applied extends Pick<FurtherKustomization, "deletionPolicy" | "decryption" | "substitute" | "suspend"> {
    readonly serviceAccountName?: string | undefined;
    readonly rules?: Config["infrastructure"]["rules"];
    readonly targetNamespace?: string | undefined;
    readonly dependsOn?: readonly string[];
}

const suspended = (suspend: boolean | undefined) => suspend !== undefined && { suspend };

/** Every object of Flux's that a stack makes, but for names and other free values. */
export function written(config: Config): Written[] {
    const { infrastructure, apps, further } = config;
    return [
        ...Object.entries({ infrastructure, apps, ...further.sources }).map(([name, it]) => {
            const isPublic = "url" in it && it.url !== undefined;
            return gitRepository(name, it, { ...config, isPublic });
        }),
        kustomization("infrastructure", infrastructure),
        kustomization("apps", { ...apps, dependsOn: ["infrastructure"] }),
        ...Object.entries(further.kustomizations).map(([name, it]) => kustomization(name, it)),
        ...(config.webhook ? [receiver()] : []),
        ...Object.entries(config.notifications).flatMap(([name, told]) => notification(name, told)),
        ...(config.commitStatus === "none" ? [] : commitStatus()),
        ...(config.imageAutomation ? images(config.imageAutomation) : []),
    ];
}

function gitRepository(
    name: string,
    { ref, verify, suspend }: Fetched,
    { identity, isPublic }: Pick<Config, "identity"> & { readonly isPublic: boolean },
): Written {
    const spec = {
        url: "",
        ref: "tag" in ref ? { tag: "" } : ref,
        interval: "",
        ...(!isPublic && { secretRef: { name: "" } }),
        ...(!isPublic && identity.kind === "githubApp" && { provider: "github" }),
        ...(verify && { verify: { mode: verify.mode, secretRef: { name: "" } }, ignore: "" }),
        ...suspended(suspend),
    };
    return { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", what: `the source ${name}`, spec };
}

function kustomization(name: string, applied: Applied): Written {
    const { deletionPolicy, decryption, serviceAccountName, rules, substitute, suspend } = applied;
    const secretRef = decryption === "age" && { secretRef: { name: "" } };
    const spec = {
        ...{ sourceRef: { kind: "GitRepository", name: "" }, path: "", interval: "", retryInterval: "", timeout: "" },
        ...{ prune: true, wait: true, deletionPolicy },
        ...(decryption && { decryption: { provider: "sops", ...secretRef } }),
        ...((serviceAccountName ?? rules) !== undefined && { serviceAccountName: "" }),
        ...(applied.targetNamespace !== undefined && { targetNamespace: "" }),
        ...(substitute && { postBuild: { substitute } }),
        ...((applied.dependsOn ?? []).length > 0 && { dependsOn: [{ name: "" }] }),
        ...suspended(suspend),
    };
    return {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        what: `the Kustomization ${name}`,
        spec,
    };
}

function receiver(): Written {
    const resources = [{ kind: "GitRepository", name: "" }];
    const spec = { type: "github", events: ["ping", "push"], secretRef: { name: "" }, resources };
    return { apiVersion: "notification.toolkit.fluxcd.io/v1", kind: "Receiver", what: "fluxcd:webhookUrl", spec };
}

const notifying = { apiVersion: "notification.toolkit.fluxcd.io/v1beta3" };
/** Whose events a notification tells of. */
const kinds = [
    ...["Kustomization", "HelmRelease", "GitRepository", "OCIRepository", "HelmRepository", "HelmChart"],
    ...["ImageRepository", "ImagePolicy", "ImageUpdateAutomation"],
];

function notification(name: string, { type, severity: eventSeverity }: Config["notifications"][string]): Written[] {
    const what = `fluxcd:notifications.${name}`;
    const eventSources = kinds.map((kind) => ({ kind, name: "*" }));
    const told = { eventSeverity, eventSources, exclusionList: [""], eventMetadata: { environment: "", cluster: "" } };
    return [
        { ...notifying, kind: "Provider", what, spec: { type, secretRef: { name: "" } } },
        { ...notifying, kind: "Alert", what, spec: { providerRef: { name: "" }, ...told } },
    ];
}

function commitStatus(): Written[] {
    const what = "fluxcd:commitStatus";
    const provider = { type: "github", address: "", commitStatusExpr: "", secretRef: { name: "" } };
    const told = { eventSeverity: "info", eventSources: [{ kind: "Kustomization", name: "" }] };
    return [
        { ...notifying, kind: "Provider", what, spec: provider },
        { ...notifying, kind: "Alert", what, spec: { providerRef: { name: "" }, ...told } },
    ];
}

function images({ suspend }: NonNullable<Config["imageAutomation"]>): Written[] {
    const image = { apiVersion: "image.toolkit.fluxcd.io/v1", what: "fluxcd:imageAutomation" };
    const stopped = suspended(suspend || undefined);
    const policy = { imageRepositoryRef: { name: "" }, policy: { semver: { range: "" } } };
    const git = {
        checkout: { ref: { branch: "" } },
        commit: { author: { name: "", email: "" }, messageTemplate: "" },
        push: { branch: "" },
    };
    const sourceRef = { kind: "GitRepository", name: "" };
    const update = { interval: "", sourceRef, git, update: { strategy: "Setters", path: "" } };
    const source = { url: "", ref: { branch: "" }, interval: "", secretRef: { name: "" }, suspend: true };
    return [
        { ...image, apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", spec: source },
        { ...image, kind: "ImageRepository", spec: { image: "", interval: "", ...stopped } },
        { ...image, kind: "ImagePolicy", spec: { ...policy, ...stopped } },
        { ...image, kind: "ImageUpdateAutomation", spec: { ...update, ...stopped } },
    ];
}
