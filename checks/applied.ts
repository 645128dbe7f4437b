import { mayAs } from "../clients/subjectAccess";
import type { InState } from "../clients/engine";
import type { GitHub } from "../clients/github";
import type { Config } from "../config";
import type { Kustomization } from "../config/kustomizations";
import { isOwn, ownRepositories } from "../config/sources";
import { removeConfig, setConfig } from "../domain/commands";
import type { Problem } from "../domain/problem";
import { compact } from "../domain/records";
import { applyVerbs, grantsIn, isGranted, neededFor } from "./accountRights";
import { type Files, filesHere, filesOnGitHub } from "./files";
import { pathOf } from "./folders";
import { fluxsOwn } from "./ownObjects";
import { type Overlay, type OverlayObject, overlayOf } from "./overlay";
import type { FoundSource } from "./sources";

interface Content {
    readonly config: Config;
    readonly github: GitHub;
    readonly found: Readonly<Record<string, FoundSource>>;
    readonly state: InState;
}

/**
 * The objects in existing repositories that Flux could not or should not apply, before the first update of each
 * Kustomization waits for them. Later, Flux itself says what it refuses.
 */
export async function appliedProblems(content: Content): Promise<Problem[]> {
    const { config, state } = content;
    const fresh = Object.values(config.kustomizations).filter(
        ({ name, suspend }) => suspend !== true && state("fluxcd:flux:Kustomization", name) === undefined,
    );
    const files = new Map<string, Promise<Files | undefined>>();
    const overlayFor = async (kustomization: Kustomization) => {
        const { source } = kustomization;
        const of = files.get(source) ?? filesOf(content, source);
        files.set(source, of);
        const found = await of;
        return found && inTarget(await overlayOf(found, pathOf(kustomization)), kustomization);
    };
    const problems = fresh
        .filter(({ source }) => isThere(content, source))
        .map(async (kustomization) => {
            const overlay = await overlayFor(kustomization);
            return overlay
                ? [
                      ...fluxProblems(config, kustomization, overlay),
                      ...(await rightsProblems(config, kustomization, { overlay, overlayFor })),
                  ]
                : [];
        });
    return (await Promise.all(problems)).flat();
}

/** Whether the repository of a source has content of somebody else. */
function isThere({ found }: Content, source: string): boolean {
    return commitIn(found[source]) !== undefined;
}

function commitIn(source: FoundSource | undefined): string | undefined {
    return source?.repository ? source.commit : undefined;
}

/** The files of a source: at its commit, or the first content that this run pushes. */
async function filesOf({ config, github, found }: Content, source: string): Promise<Files | undefined> {
    const { repository } = config.sources[source] ?? {};
    const commit = commitIn(found[source]);
    if (commit !== undefined && repository !== undefined) {
        return filesOnGitHub(github, repository, commit);
    }
    const { scaffold } = ownRepositories(config)[source] ?? {};
    return isOwn(source) && scaffold !== undefined && config.repositories.mode === "manage"
        ? filesHere(scaffold)
        : undefined;
}

/** A Kustomization's `targetNamespace` is for all of its objects. */
function inTarget(overlay: Overlay, { targetNamespace }: Kustomization): Overlay {
    return targetNamespace === undefined
        ? overlay
        : { ...overlay, objects: overlay.objects.map((object) => ({ ...object, namespace: targetNamespace })) };
}

function fluxProblems(config: Config, { name, path, source }: Kustomization, { objects }: Overlay): Problem[] {
    const own = objects.filter((object) => fluxsOwn(config, object));
    const expected = `the folder in ${nameOf(config, source)} would change Flux itself or this stack's objects: ${listed(own)}`;
    const fix = `git rm -r ${pathOf({ path })}/flux-system   (or take these objects out of the folder; this program installs Flux and makes its sources and Kustomizations)`;
    return own.length > 0 ? [{ key: `fluxcd:kustomizations.${name}.path`, value: path, expected, fix }] : [];
}

interface Built {
    readonly overlay: Overlay;
    readonly overlayFor: (kustomization: Kustomization) => Promise<Overlay | undefined>;
}

/** The objects that the account of a Kustomization may not make, by its own rules or by what is applied before it. */
async function rightsProblems(config: Config, kustomization: Kustomization, built: Built): Promise<Problem[]> {
    const { name, rules, serviceAccountName: account } = kustomization;
    if (rules === undefined && (account === undefined || account === "kustomize-controller")) {
        return [];
    }
    const earlier = await Promise.all(before(config, kustomization).map(built.overlayFor));
    if (rules === undefined && !earlier.every((overlay) => overlay?.isComplete)) {
        // The account may get its rights from something that only a build or a chart makes.
        return [];
    }
    const objects = compact(earlier).flatMap((overlay) => overlay.objects);
    const user = account ?? `${name}-reconciler`;
    const grants = rules ? [{ namespace: undefined, rules }] : grantsIn(objects, user);
    const wanted = built.overlay.objects.filter((object) => isNamed(object) && !isGranted(grants, neededFor(object)));
    // If the cluster does not say, an account that these repositories make has no other rights.
    const isOurs = rules !== undefined || objects.some(({ kind, name }) => kind === "ServiceAccount" && name === user);
    const refused = await Promise.all(
        wanted.map(async (object) => (((await isAllowedNow(config, user, object)) ?? !isOurs) ? undefined : object)),
    );
    return refusedProblems(config, kustomization, { user, refused: compact(refused) });
}

/** Flux fills variables in after the build, so such a name is not known. */
function isNamed({ name, namespace = "" }: OverlayObject): boolean {
    return !`${name}${namespace}`.includes("$");
}

/** The rights may also come from an administrator. */
async function isAllowedNow({ context }: Config, account: string, object: OverlayObject): Promise<boolean | undefined> {
    const user = `system:serviceaccount:flux-system:${account}`;
    const answers = await Promise.all(applyVerbs.map((verb) => mayAs(context, user, verb, neededFor(object))));
    return answers.includes(undefined) ? undefined : answers.every((allowed) => allowed === true);
}

function before(config: Config, { dependsOn }: Kustomization): Kustomization[] {
    return dependsOn.flatMap((name) => {
        const earlier = config.kustomizations[name];
        return earlier ? [...before(config, earlier), earlier] : [];
    });
}

interface Refused {
    readonly user: string;
    readonly refused: readonly OverlayObject[];
}

function refusedProblems(
    config: Config,
    { name, source, rules }: Kustomization,
    { user, refused }: Refused,
): Problem[] {
    if (refused.length === 0) {
        return [];
    }
    const { stack } = config;
    const key = `fluxcd:kustomizations.${name}.${rules ? "rules" : "serviceAccountName"}`;
    const expected = `the account ${user} may not create ${listed(refused)} of ${nameOf(config, source)}, and Flux would apply nothing of it`;
    const all = removeConfig(stack, key);
    const fix = rules
        ? `${setConfig(stack, `${key}[${rules.length}]`, "<rule>")}   (or let Flux apply it with all rights: ${all})`
        : `move the namespace to ${nameOf(config, "infrastructure")}, as docs/apps.md shows   (or let Flux apply it with all rights in the cluster: ${all})`;
    return [{ key, ...(rules ? {} : { value: user }), expected, fix }];
}

function nameOf({ github, sources }: Config, source: string): string {
    const { repository, url } = sources[source] ?? {};
    return repository === undefined ? (url ?? source) : `${github.owner}/${repository}`;
}

/** At most three objects, so that the message stays short. */
function listed(objects: readonly OverlayObject[]): string {
    const shown = objects.slice(0, 3).map(({ kind, name, namespace }) => {
        return `${kind} ${namespace === undefined || kind === "Namespace" ? "" : `${namespace}/`}${name}`;
    });
    return `${shown.join(", ")}${objects.length > 3 ? ` and ${objects.length - 3} more` : ""}`;
}
