import type { z } from "zod";

import type { Calendar } from "../domain/calendar";
import { seconds } from "../domain/duration";
import { githubAddressExpected, githubServer, isGitHubAddress } from "../domain/githubServer";
import { commandsRunWith } from "../domain/here";
import type { Problem } from "../domain/problem";
import { sourceSchema } from "./fluxObjects";
import { decryptionProblems } from "./decryption";
import type { Component, FluxOptions } from "./flux";
import { type Identity, identityProblems } from "./identity";
import { type ImageAutomationConfig, imageAutomationOf } from "./imageAutomation";
import { type Kustomizations, kustomizationsOf } from "./kustomizations";
import { type CommitStatusMode, notificationProblems, type Notifications } from "./notifications";
import { promotionProblems } from "./promotion";
import { fluxcdSchema, githubSchema, type Keys } from "./schema";
import { withoutSecrets } from "./secrets";
import { shardProblems } from "./shard";
import { sparseProblems } from "./sparseCheckout";
import { sourceNames, type Sources, sourcesOf } from "./sources";
import { parseValues, type Values, valuesOf } from "./values";
import { sshOf, type SshSettings } from "./ssh";
import { webhookOf, webhookProblems, type WebhookSettings } from "./webhook";

/** The rules for the branch main, as the stack file has them. */
export interface BranchProtection {
    /** The number of approving reviews; undefined if it follows the kind of the owner. */
    readonly requiredReviews?: number | undefined;
    /** The status check; undefined if it is the one of the first content, where that exists. Empty for none. */
    readonly requiredCheck?: string | undefined;
    readonly requireLinearHistory: boolean;
    readonly enforceAdmins: boolean;
}

export interface Config {
    readonly stack: string;
    readonly environment: string;
    readonly context: string;
    readonly acceptedClusterUid: string;
    readonly tagPrefix: string | undefined;
    readonly sources: Sources;
    readonly kustomizations: Kustomizations;
    /** The images that Flux proposes updates for; undefined if there are none. */
    readonly imageAutomation: ImageAutomationConfig | undefined;
    readonly promotion: {
        /** The upstream stack, whose releases this one takes; undefined if there is none. */
        readonly from: string | undefined;
        /** The time for which a release must have been healthy there, as a Go duration. */
        readonly soak: string;
        readonly lockstep: boolean;
        readonly calendar: Calendar;
    };
    readonly repositories: {
        readonly mode: "manage" | "lookup";
        readonly visibility: "private" | "internal" | "public";
        readonly branchProtection: BranchProtection | undefined;
        readonly immutableTagPrefixes: readonly string[];
    };
    readonly identity: Identity;
    readonly ssh: SshSettings;
    readonly tokenExpiryWarningDays: number;
    /** The webhooks that make Flux fetch at each push; undefined if Flux only polls. */
    readonly webhook: WebhookSettings | undefined;
    /** The receivers of Flux's events; undefined if there are none. */
    readonly notifications: { readonly receivers: Notifications; readonly commitStatus: CommitStatusMode } | undefined;
    readonly flux: {
        readonly version: string;
        readonly manifest: string;
        readonly manifestSha256: string;
        readonly components: readonly Component[];
        readonly existing: "refuse" | "adopt";
        readonly options: FluxOptions;
    };
    readonly uninstall: {
        readonly keepDefinitions: boolean;
        readonly keepNamespace: boolean;
        readonly uninstallSeconds: number;
    };
    readonly github: z.infer<typeof githubSchema> & { readonly baseUrl: string };
}

/** The raw settings of a stack, with the defaults of Pulumi.yaml. */
export interface Settings {
    readonly stack: string;
    /** The values by full key, such as `fluxcd:sources`. Each value that is not a string is JSON. */
    readonly values: Readonly<Record<string, string>>;
    readonly githubBaseUrl: string;
    /** The keys of `values` that are secrets. No problem may show their values. */
    readonly secrets: readonly string[];
    /** Whether `values` contains the secrets: yes in `pulumi up`, no in the CLI commands. */
    readonly decrypted: boolean;
}

/**
 * Parses and checks the complete configuration. Returns all problems at once, each with its key, none with a secret.
 */
export function parseConfig(settings: Settings): Config | Problem[] {
    const config = parse(settings);
    return "stack" in config ? config : config.map((problem) => withoutSecrets(problem, settings));
}

function parse({ stack, values: all, githubBaseUrl: given, ...where }: Settings): Config | Problem[] {
    // An empty variable counts as none, for the provider too.
    const githubBaseUrl = given === "" ? "https://api.github.com/" : given;
    const problems: Problem[] = addressProblems(all, githubBaseUrl);
    const under = (namespace: string, schema: z.ZodObject) => ({
        stack,
        namespace,
        values: valuesOf(all, namespace, schema),
    });
    const origin = under("fluxcd", fluxcdSchema);
    const keys = parseValues(origin, fluxcdSchema, problems);
    const github = parseValues(under("github", githubSchema), githubSchema, problems);
    if (isGitHubAddress(githubBaseUrl)) {
        commandsRunWith({ githubBaseUrl });
    }
    if (!keys || !github || !isGitHubAddress(githubBaseUrl)) {
        return [...problems, ...sourceProblems(origin.values, stack)];
    }
    const environment = keys.environment === "" ? stack : keys.environment;
    const tagPrefix = keys.tagPrefixes[environment];
    const place = { stack, environment, tagPrefix };
    const sources = sourcesOf({ ...keys }, place);
    const kustomizations = kustomizationsOf(keys, {
        ...place,
        sources: sourceNames(keys.sources),
        account: clusterAccount(keys.flux),
    });
    const model = { sources: sources.entries, kustomizations: kustomizations.entries };
    const imageAutomation = imageAutomationOf(keys, model.sources.apps?.ref, stack);
    problems.push(
        ...sources.problems,
        ...kustomizations.problems,
        ...sparseProblems(model, stack),
        ...shardProblems(keys, stack),
        ...webhookProblems(keys, stack),
        ...decryptionProblems(keys, { stack, ...where }),
        ...promotionProblems(keys.promotion, { stack, tagPrefix, ...model }),
        ...notificationProblems(keys, { stack, ...where }),
        ...identityProblems(keys, { stack, ...where }),
        ...(imageAutomation && "problems" in imageAutomation ? imageAutomation.problems : []),
    );
    return problems.length > 0
        ? problems
        : {
              stack,
              environment,
              context: keys.context,
              acceptedClusterUid: keys.clusterUid,
              tagPrefix,
              ...model,
              imageAutomation: imageAutomation && "base" in imageAutomation ? imageAutomation : undefined,
              promotion: promotionOf(keys.promotion),
              repositories: repositoriesOf(keys),
              identity: keys.identity,
              ssh: sshOf(keys.ssh),
              tokenExpiryWarningDays: keys.tokenExpiryWarningDays,
              webhook: webhookOf(keys.webhook, model.sources),
              notifications: notificationsOf(keys),
              flux: fluxOf(keys),
              uninstall: {
                  keepDefinitions: keys.uninstall.keep.includes("definitions"),
                  keepNamespace: keys.uninstall.keep.includes("namespace"),
                  uninstallSeconds: seconds(keys.uninstall.timeout),
              },
              github: { ...github, baseUrl: githubServer(githubBaseUrl).baseUrl },
          };
}

/** The schema checks `github:baseUrl`; the provider uses the environment variable if the setting is missing. */
function addressProblems(values: Settings["values"], value: string): Problem[] {
    return "github:baseUrl" in values || isGitHubAddress(value)
        ? []
        : [{ key: "GITHUB_BASE_URL", value, expected: githubAddressExpected, fix: "unset GITHUB_BASE_URL" }];
}

/** Checks the sources alone, so that their problems are reported even if other settings are invalid. */
function sourceProblems(values: Values, stack: string): readonly Problem[] {
    const given = Object.entries(asValues(values.sources)).map(
        ([name, it]) => [name, sourceSchema.safeParse(it)] as const,
    );
    const sources = Object.fromEntries(given.flatMap(([name, { data }]) => (data ? [[name, data]] : [])));
    const invalid = given.flatMap(([name, { success }]) => (success ? [] : [`fluxcd:sources.${name}`]));
    const environment =
        typeof values.environment === "string" && values.environment !== "" ? values.environment : stack;
    const { data: prefixes = {} } = fluxcdSchema.shape.tagPrefixes.safeParse(values.tagPrefixes);
    const { data: fluxVersion = "v2.9.0" } = fluxcdSchema.shape.fluxVersion.safeParse(values.fluxVersion);
    const place = { stack, environment, tagPrefix: prefixes[environment] };
    const { problems } = sourcesOf({ sources, suspend: false, fluxVersion }, place);
    // An invalid entry is reported by the schema.
    return "sources" in values ? problems.filter(({ key }) => !invalid.includes(key)) : [];
}

function promotionOf({ from, soak, lockstep, timeZone, changeWindows, freezes }: Keys["promotion"]) {
    return { from, soak, lockstep, calendar: { timeZone, changeWindows, freezes } };
}

function repositoriesOf({ repositories: mode, visibility, protection, tagPrefixes }: Keys): Config["repositories"] {
    const { branch, tags, ...branchProtection } = protection;
    return {
        mode,
        visibility,
        branchProtection: branch ? branchProtection : undefined,
        immutableTagPrefixes: tags ? Object.values(tagPrefixes) : [],
    };
}

function notificationsOf({ notifications: receivers, commitStatus }: Keys): Config["notifications"] {
    return commitStatus === "none" && Object.keys(receivers).length === 0 ? undefined : { receivers, commitStatus };
}

function fluxOf({ flux, fluxVersion: version }: Keys): Config["flux"] {
    const { manifest, manifestSha256, components, existing, ...options } = flux;
    const url = manifest.replaceAll("{version}", version);
    return { version, manifest: url, manifestSha256, components, existing, options };
}

/**
 * With multi-tenancy, a Kustomization that names no account has no rights. The manifest binds Flux's own account to
 * cluster-admin.
 */
function clusterAccount({ multitenancy }: FluxOptions): string | undefined {
    return multitenancy === false ? undefined : "kustomize-controller";
}

function asValues(value: unknown): Values {
    return typeof value === "object" && value !== null ? { ...value } : {};
}
