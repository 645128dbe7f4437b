import type { Ref } from "../domain/release";
import { healthChecksOf } from "./healthChecks";
import type { Kustomization } from "./kustomizations";
import type { Source } from "./sources";

export const gitRepositoryKind = { apiVersion: "source.toolkit.fluxcd.io/v1", kind: "GitRepository" };
export const kustomizationKind = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };

/** The parts of a GitRepository's spec that are not settings. */
export interface SourceParts<T> {
    readonly url: T;
    /** The name of the Secret with the credential; undefined for a public repository. */
    readonly secret: T | undefined;
    /** The provider of the credential; undefined for a plain Git credential. */
    readonly provider: "github" | undefined;
    /** The Secret with the public keys for signatures; undefined if no signatures are verified. */
    readonly verification: { readonly secret: T; readonly ignore: string } | undefined;
}

type SourceContent = Pick<Source, "ignore" | "sparseCheckout" | "recurseSubmodules">;

/** https://fluxcd.io/flux/components/source/gitrepositories/ */
export function gitRepositorySpec<T>(
    settings: Pick<Source, "ref" | "interval" | "timeout" | "verify" | "suspend" | keyof SourceContent>,
    { url, secret, provider, verification }: SourceParts<T>,
) {
    const { ref, interval, timeout, verify, suspend, sparseCheckout, recurseSubmodules } = settings;
    const ignore = [settings.ignore, verify && verification?.ignore].filter((rules) => rules !== undefined);
    return {
        url,
        ref: specRef(ref),
        interval,
        timeout,
        ...(secret !== undefined && { secretRef: { name: secret } }),
        ...(verify && verification && { verify: { mode: verify.mode, secretRef: { name: verification.secret } } }),
        ...(ignore.length > 0 && { ignore: ignore.join("\n") }),
        ...(sparseCheckout && { sparseCheckout }),
        ...(recurseSubmodules !== undefined && { recurseSubmodules }),
        ...(provider !== undefined && { provider }),
        ...(suspend !== undefined && { suspend }),
    };
}

/** One field only: next to a commit, Flux silently ignores the tag (fluxcd/flux2#4085). */
export function specRef(ref: Ref): Ref {
    return "tag" in ref ? { tag: ref.tag } : ref;
}

/** The parts of a Kustomization's spec that are not settings. */
export interface KustomizationParts<T> {
    /** The name of the GitRepository. */
    readonly source: T;
    /** The account to apply as; undefined for kustomize-controller's own. */
    readonly serviceAccountName: T | undefined;
    /** The Secret with the age identities; undefined unless `decryption` is `age`. */
    readonly decryptionSecret: T | undefined;
}

/** https://fluxcd.io/flux/components/kustomize/kustomizations/ */
export function kustomizationSpec<T>(settings: Kustomization, parts: KustomizationParts<T>) {
    const { path, interval, retryInterval, timeout, prune, wait, deletionPolicy } = settings;
    const { decryption, targetNamespace, substitute, suspend, dependsOn, healthCheckExprs } = settings;
    const { source, serviceAccountName, decryptionSecret } = parts;
    return {
        sourceRef: { kind: gitRepositoryKind.kind, name: source },
        ...{ path, interval, retryInterval, timeout, prune, wait, deletionPolicy },
        ...(healthCheckExprs && { healthCheckExprs: healthChecksOf(healthCheckExprs) }),
        ...(decryption && {
            decryption: {
                provider: "sops",
                ...(decryptionSecret !== undefined && { secretRef: { name: decryptionSecret } }),
            },
        }),
        ...(targetNamespace !== undefined && { targetNamespace }),
        ...(serviceAccountName !== undefined && { serviceAccountName }),
        ...(substitute && { postBuild: { substitute } }),
        ...(suspend !== undefined && { suspend }),
        ...(dependsOn.length > 0 && { dependsOn: dependsOn.map((name) => ({ name })) }),
    };
}

/** The account that a Kustomization applies as: the one created from its rules, or the one it names. */
export function accountOf({ name, rules, serviceAccountName }: Kustomization): string | undefined {
    return rules ? `${name}-reconciler` : serviceAccountName;
}
