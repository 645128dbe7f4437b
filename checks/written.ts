import type { Config } from "../config";
import { eventKinds, type Notifications } from "../config/notifications";
import type { Kustomization } from "../config/kustomizations";
import type { Source } from "../config/sources";
import { accountOf, gitRepositoryKind, gitRepositorySpec, kustomizationKind, kustomizationSpec } from "../config/specs";

/**
 * The spec that the program writes for a kind of Flux: all fields, but values only where the API accepts a fixed set.
 */
export interface Written {
    readonly apiVersion: string;
    readonly kind: string;
    /** A name for the objects in messages. */
    readonly what: string;
    readonly spec: object;
}

/** All kinds of Flux's objects that a stack creates. Names and other free values are empty. */
export function written(config: Config): Written[] {
    return [
        ...Object.values(config.sources).map((source) => gitRepository(source, config.identity)),
        ...Object.values(config.kustomizations).map(kustomization),
        ...(config.webhook ? [receiver()] : []),
        ...Object.entries(config.notifications?.receivers ?? {}).flatMap(([name, it]) => notification(name, it)),
        ...((config.notifications?.commitStatus ?? "none") === "none" ? [] : commitStatus()),
        ...(config.imageAutomation ? images(config.imageAutomation) : []),
    ];
}

function gitRepository(source: Source, identity: Config["identity"]): Written {
    const isPublic = source.url !== undefined;
    const parts = {
        url: "",
        secret: isPublic ? undefined : "",
        provider: !isPublic && identity.kind === "githubApp" ? ("github" as const) : undefined,
        verification: source.verify && { secret: "", ignore: "" },
    };
    return { ...gitRepositoryKind, what: `the source ${source.name}`, spec: gitRepositorySpec(source, parts) };
}

function kustomization(settings: Kustomization): Written {
    const parts = {
        source: "",
        serviceAccountName: accountOf(settings),
        decryptionSecret: settings.decryption === "age" ? "" : undefined,
    };
    const what = `the Kustomization ${settings.name}`;
    return { ...kustomizationKind, what, spec: kustomizationSpec(settings, parts) };
}

function receiver(): Written {
    const resources = [{ kind: "GitRepository", name: "" }];
    const spec = { type: "github", events: ["ping", "push"], secretRef: { name: "" }, resources };
    return { apiVersion: "notification.toolkit.fluxcd.io/v1", kind: "Receiver", what: "fluxcd:webhook", spec };
}

const notifying = { apiVersion: "notification.toolkit.fluxcd.io/v1beta3" };
function notification(name: string, { type, severity: eventSeverity }: Notifications[string]): Written[] {
    const what = `fluxcd:notifications.${name}`;
    const eventSources = eventKinds.map((kind) => ({ kind, name: "*" }));
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
    const stopped = suspend && { suspend };
    const policy = { imageRepositoryRef: { name: "" }, policy: { semver: { range: "" } } };
    const git = {
        checkout: { ref: { branch: "" } },
        commit: { author: { name: "", email: "" }, messageTemplate: "" },
        push: { branch: "" },
    };
    const sourceRef = { kind: "GitRepository", name: "" };
    const update = { interval: "", sourceRef, git, update: { strategy: "Setters", path: "" } };
    const source = { url: "", ref: { branch: "" }, interval: "", timeout: "", secretRef: { name: "" }, suspend: true };
    return [
        { ...image, apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository", spec: source },
        { ...image, kind: "ImageRepository", spec: { image: "", interval: "", ...stopped } },
        { ...image, kind: "ImagePolicy", spec: { ...policy, ...stopped } },
        { ...image, kind: "ImageUpdateAutomation", spec: { ...update, ...stopped } },
    ];
}
