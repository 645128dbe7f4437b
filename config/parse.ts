import type { z } from "zod";

import type { Calendar } from "../domain/calendar";
import type { Problem } from "../domain/problem";
import { accountProblems } from "./access";
import { decryptionProblems } from "./decryption";
import { seconds } from "../domain/duration";
import { exemptionOf } from "./exemption";
import { type Exemption } from "../domain/release";
import type { Component, FluxOptions } from "./flux";
import { type Further, furtherOf, furtherProblems } from "./further";
import { type Identity, identityOf } from "./identity";
import { type CommitStatusMode, notificationProblems, type Notifications } from "./notifications";
import { type ImageAutomationConfig, imageAutomationOf } from "./imageAutomation";
import { calendarOf, promotionProblems } from "./promotion";
import { refOf } from "./ref";
import { type Ref } from "../domain/release";
import { fluxcdSchema, githubSchema, type Source } from "./schema";
import { shardProblems } from "./shard";
import { withoutSecrets } from "./secrets";
import { parseValues, type Values, valuesOf } from "./values";
import { verifyProblems } from "./verification";
import { webhookOf, webhookProblems, type WebhookSettings } from "./webhook";

/** What a cluster follows in one repository, and how Flux applies it. */
export type SourceConfig = Omit<Source, "branch" | "tag" | "commit" | "interval" | "rollback" | "hotfix" | "reason"> & {
    readonly repository: string;
    /** The environment's folder, from the repository's root. */
    readonly path: string;
    readonly ref: Ref;
    /** Why the promotion's rules do not hold for this release. */
    readonly exemption: Exemption | undefined;
    readonly interval: string;
};

/** The rules for the branch main. */
export interface BranchProtection {
    readonly requiredReviews: number;
    readonly requiredCheck: string;
    readonly requireLinearHistory: boolean;
    readonly enforceAdmins: boolean;
}

export interface Config {
    readonly stack: string;
    readonly environment: string;
    readonly context: string;
    readonly acceptedClusterUid: string;
    readonly tagPrefix: string | undefined;
    readonly infrastructure: SourceConfig;
    readonly apps: SourceConfig;
    /** What is followed beside the two. */
    readonly further: Further;
    /** What is kept up to date in the apps; undefined where nothing is. */
    readonly imageAutomation: ImageAutomationConfig | undefined;
    readonly promotion: {
        /** The stack whose releases this one takes over; undefined where it takes them from nowhere. */
        readonly from: string | undefined;
        /** How long a release must have been healthy there, as a Go duration. */
        readonly soak: string;
        readonly lockstep: boolean;
        readonly calendar: Calendar;
    };
    readonly repositories: {
        readonly mode: "create" | "adopt" | "lookup";
        readonly visibility: "private" | "internal" | "public";
        readonly branchProtection: BranchProtection | undefined;
        readonly immutableTagPrefixes: readonly string[];
    };
    readonly identity: Identity;
    readonly tokenExpiryWarningDays: number;
    /** What makes Flux fetch at a push; undefined where it only looks by itself. */
    readonly webhook: WebhookSettings | undefined;
    readonly notifications: Notifications;
    readonly commitStatus: CommitStatusMode;
    readonly flux: {
        readonly version: string;
        readonly manifest: string;
        readonly manifestSha256: string;
        readonly components: readonly Component[];
        readonly existing: "refuse" | "adopt";
        readonly options: FluxOptions;
    };
    readonly uninstall: {
        readonly context: string;
        readonly keepDefinitions: boolean;
        readonly keepNamespace: boolean;
        readonly uninstallSeconds: number;
    };
    readonly github: z.infer<typeof githubSchema> & { readonly baseUrl: string };
}

/** A stack's settings as they stand, Pulumi.yaml's defaults among them. */
export interface Settings {
    readonly stack: string;
    /** By full key, such as `fluxcd:apps`; what is no text is JSON. */
    readonly values: Readonly<Record<string, string>>;
    readonly githubBaseUrl: string;
    /** The keys of `values` that are secrets, whose values no problem may show. */
    readonly secrets: readonly string[];
    /** Whether secrets are among `values`. */
    readonly decrypted: boolean;
}

/** Checks the whole configuration: every problem at once, each by its key, and none with a secret. */
export function parseConfig(settings: Settings): Config | Problem[] {
    const config = parse(settings);
    return "stack" in config ? config : config.map((problem) => withoutSecrets(problem, settings));
}

function parse({ stack, values: all, githubBaseUrl, ...where }: Settings): Config | Problem[] {
    const problems: Problem[] = [];
    const valuesUnder = (namespace: string, schema: z.ZodObject) => ({
        stack,
        namespace,
        values: valuesOf(all, namespace, schema),
    });
    const origin = valuesUnder("fluxcd", fluxcdSchema);
    const { values } = origin;
    const fluxcd = parseValues(origin, fluxcdSchema, problems);
    const githubKeys = parseValues(valuesUnder("github", githubSchema), githubSchema, problems);

    const environment =
        typeof values.environment === "string" && values.environment !== "" ? values.environment : stack;
    const tagPrefix = asValues(values.tagPrefixes)[environment] as string | undefined;
    const checkedRef = (name: "infrastructure" | "apps") => {
        const ref = refOf(`fluxcd:${name}`, asValues(values[name]), { stack, name: environment, tagPrefix });
        problems.push(...("problems" in ref ? ref.problems : []));
        return ref;
    };
    const infrastructureRef = checkedRef("infrastructure");
    const appsRef = checkedRef("apps");

    if (!fluxcd || !githubKeys || "problems" in infrastructureRef || "problems" in appsRef) {
        return problems;
    }
    const source = (name: "infrastructure" | "apps", ref: Ref, interval: string): SourceConfig => {
        const settings: Source = fluxcd[name];
        const exemption = exemptionOf(`fluxcd:${name}`, settings, ref, stack);
        problems.push(...(exemption && "problems" in exemption ? exemption.problems : []));
        const { branch, tag, commit, rollback, hotfix, reason, ...rest } = settings;
        problems.push(...accountProblems(`fluxcd:${name}`, rest, stack));
        const { fluxVersion } = fluxcd;
        problems.push(...verifyProblems(`fluxcd:${name}`, rest.verify, ref, { stack, fluxVersion }));
        return {
            ...rest,
            serviceAccountName: rest.serviceAccountName ?? clusterAccount(fluxcd.flux),
            repository: `fluxcd-${name}`,
            path: `./${name}/overlays/${environment}`,
            ref,
            exemption: exemption && "kind" in exemption ? exemption : undefined,
            interval: rest.interval ?? interval,
            suspend: fluxcd.suspend || rest.suspend,
        };
    };
    const infrastructure = source("infrastructure", infrastructureRef, "10m");
    const apps = source("apps", appsRef, "5m");
    problems.push(...shardProblems(fluxcd, stack));
    problems.push(...webhookProblems(fluxcd, stack));
    problems.push(...decryptionProblems(fluxcd, { stack, ...where }));
    const further = furtherOf(fluxcd, clusterAccount(fluxcd.flux));
    problems.push(...furtherProblems(fluxcd, stack));
    problems.push(...promotionProblems(fluxcd, { stack, tagPrefix, infrastructure, apps, further }));
    problems.push(...notificationProblems(fluxcd, { stack, ...where }));
    const imageAutomation = imageAutomationOf(fluxcd, apps.ref, stack);
    problems.push(...(imageAutomation && "problems" in imageAutomation ? imageAutomation.problems : []));
    const identity = identityOf(fluxcd, { stack, ...where });
    problems.push(...("problems" in identity ? identity.problems : []));
    return problems.length > 0 || "problems" in identity
        ? problems
        : {
              stack,
              environment,
              context: fluxcd.context,
              acceptedClusterUid: fluxcd.clusterUid,
              tagPrefix,
              infrastructure,
              apps,
              further,
              imageAutomation: imageAutomation && "base" in imageAutomation ? imageAutomation : undefined,
              promotion: {
                  from: fluxcd.promotedFrom === "" ? undefined : fluxcd.promotedFrom,
                  soak: fluxcd.soak,
                  lockstep: fluxcd.lockstep,
                  calendar: calendarOf(fluxcd),
              },
              repositories: {
                  mode: fluxcd.repositories,
                  visibility: fluxcd.visibility,
                  branchProtection: fluxcd.protectBranch ? branchProtection(fluxcd) : undefined,
                  immutableTagPrefixes: fluxcd.protectTags ? Object.values(fluxcd.tagPrefixes) : [],
              },
              identity,
              tokenExpiryWarningDays: fluxcd.tokenExpiryWarningDays,
              webhook: webhookOf(fluxcd, [infrastructure, apps]),
              notifications: fluxcd.notifications,
              commitStatus: fluxcd.commitStatus,
              flux: {
                  version: fluxcd.fluxVersion,
                  manifest: fluxcd.fluxManifest.replaceAll("{version}", fluxcd.fluxVersion),
                  manifestSha256: fluxcd.fluxManifestSha256,
                  components: fluxcd.fluxComponents,
                  existing: fluxcd.existingFlux,
                  options: fluxcd.flux,
              },
              uninstall: {
                  context: fluxcd.context,
                  keepDefinitions: fluxcd.keepCustomResourceDefinitions,
                  keepNamespace: fluxcd.keepNamespace,
                  uninstallSeconds: seconds(fluxcd.uninstallTimeout),
              },
              github: { ...githubKeys, baseUrl: githubBaseUrl },
          };
}

/** Under the lockdown, what names no account has no rights. Flux's own account is bound to cluster-admin by its manifest. */
function clusterAccount({ multitenancy }: FluxOptions): string | undefined {
    return multitenancy === false ? undefined : "kustomize-controller";
}

function branchProtection(fluxcd: z.infer<typeof fluxcdSchema>): BranchProtection {
    const { requiredReviews, requiredCheck, requireLinearHistory, enforceAdmins } = fluxcd;
    return { requiredReviews, requiredCheck, requireLinearHistory, enforceAdmins };
}

function asValues(value: unknown): Values {
    return typeof value === "object" && value !== null ? { ...value } : {};
}
