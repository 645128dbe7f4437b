import type { Exemption } from "../../domain/release";
import type { Config, Settings } from "../../config/parse";
import type { Comparison } from "../../clients/comparison";
import type { GitHub } from "../../clients/github";
import { wordsOf } from "../../clients/octokit";
import { patienceFor, type Unanswered } from "../../promotion/ancestry";
import { judge } from "../../promotion/judge";
import { inDependencyOrder, neededBy } from "../../config/kustomizations";
import type { PromotedSource } from "../../config/sources";
import { required } from "../../domain/records";
import { type Release, releaseOf, type Standings } from "../../domain/release";
import { besideStack } from "../../domain/stackName";
import { tagToSign } from "../../checks/signature";
import type { Problem } from "../../domain/problem";
import { editedSettings, editFor, editsFor, isChange, standingsAfter, withExemption } from "./edits";
import { problemsFound } from "../terminal/exit";
import { removalNote } from "./operators";
import { type AppliedFolder, type OverlayDiff, overlayDiff } from "./overlayDiff";
import { type Family, type PerSource, tagExists, type Target } from "./targets";
import { step } from "../terminal/progress";
import { stackHistory, stackOutputs, validConfig } from "../tools/pulumi";
import type { Origin } from "../tools/git";
import { plainPath } from "../tools/fluxKustomization";
import type { Report, SourceReport } from "./report";
import type { SourceEdits } from "../tools/stackFile";

/** A stack, and the facts needed to choose a release for it. */
export interface Stack {
    /** The name as the user gave it, which pulumi accepts. */
    readonly name: string;
    readonly settings: Settings;
    readonly config: Config;
    /** The sources that take releases, each after those that it depends on. */
    readonly sources: readonly PromotedSource[];
    readonly standings: Standings | undefined;
    readonly family: Family;
    readonly github: GitHub;
    readonly token: string;
}

/** The releases to give to a stack. */
export interface Intent {
    readonly command: "promote" | "rollback";
    readonly targets: PerSource<Target>;
    readonly exemption: Exemption | undefined;
    /** A sentence about the origin of the releases. */
    readonly origin: string | undefined;
    /** Facts about the choice that the user should know. */
    readonly notes?: readonly string[];
    /** The command to continue with after the update. */
    readonly then?: string | undefined;
    readonly diff: boolean;
}

/** The changes to make, and the report about them. */
export interface Plan {
    readonly report: Report;
    /** The edits of the stack file in this checkout. */
    readonly edits: SourceEdits;
    /** The edits of the stack file on GitHub, which may be older than this checkout. */
    readonly proposal: SourceEdits;
    /** The tags that do not exist yet. */
    readonly missing: PerSource<Release>;
    /** The command to continue with after the update; undefined if the update is the last step. */
    readonly then: string | undefined;
}

/** Judges and describes releases before anything changes. */
export async function planOf(stack: Stack, intent: Intent): Promise<Plan> {
    const { config, standings, family } = stack;
    const targets = withExemption(intent.targets, standings, intent.exemption);
    const edits = editsFor(config, targets);
    const edited = validConfig(editedSettings(stack.settings, edits));
    const to = await standingsAfter(edited, targets, standings, family.commitOf);
    const versionOfTag = (tag: string) => tag.slice(family.prefix.length);
    const exists = (name: string, tag: string) => (family.versions[name] ?? []).includes(versionOfTag(tag));
    // Both stacks may belong to an organization, which only the name that the user gave contains.
    const asked = {
        github: stack.github,
        stackOutputs: (of: string) => stackOutputs(besideStack(stack.name, of)),
        stackHistory: (of: string) => stackHistory(besideStack(stack.name, of)),
    };
    const [taken, { problems, notes }, sources] = await Promise.all([
        step("Reading the tags", takenTags(stack, targets, exists)),
        step("Evaluating the rules", judge({ ...asked, config: edited, from: standings, to, now: new Date() })),
        describe(stack, targets, { exists, diff: intent.diff }),
    ]);
    const versions = new Set(Object.entries(targets).map(([, { tag }]) => versionOfTag(tag)));
    const missing = Object.entries(targets).filter(([name, { tag }]) => !exists(name, tag));
    const changed = Object.entries(targets).filter(
        ([name, target]) => name in edits || isChange(standings?.[name], target),
    );
    return {
        edits,
        proposal: Object.fromEntries(changed.map(([name, target]) => [name, editFor(target)])),
        missing: Object.fromEntries(missing),
        then: intent.then,
        report: {
            command: intent.command,
            stack: config.stack,
            version: versions.size === 1 ? [...versions][0] : undefined,
            origin: intent.origin,
            exemption: changed.length > 0 ? intent.exemption : undefined,
            sources,
            notes: [...(intent.notes ?? []), ...notes, ...removalNotes(stack, sources)],
            refused: [
                ...taken,
                ...missing.flatMap(([name, target]) => tagToSign(sourceOf(stack, name), target)),
                ...problems,
            ],
        },
    };
}

/** Whether nothing has to change, neither in the stack nor in its file. */
export function isDone({ report, edits }: Plan): boolean {
    return Object.keys(edits).length === 0 && Object.entries(report.sources).every(([, { changes }]) => !changes);
}

/** Throws an error if the gate refuses a release. */
export function refuseWhere({ report: { refused, stack } }: Plan): void {
    if (refused.length > 0) {
        throw problemsFound(`Stack ${stack} must not take this release. Nothing was changed.`, refused);
    }
}

type Exists = (name: string, tag: string) => boolean;

async function takenTags({ family, config }: Stack, targets: PerSource<Release>, exists: Exists): Promise<Problem[]> {
    const found = await Promise.all(
        Object.entries(targets).map(async ([name, target]) => {
            const commit = exists(name, target.tag) ? await family.commitOf(name, target.tag) : undefined;
            return commit === undefined || commit === target.commit
                ? []
                : [tagExists(name, target, commit, config.stack)];
        }),
    );
    return found.flat();
}

async function describe(
    stack: Stack,
    targets: PerSource<Release>,
    { exists, diff }: { exists: Exists; diff: boolean },
): Promise<PerSource<SourceReport>> {
    const { config, standings } = stack;
    const described = await Promise.all(
        Object.entries(targets).map(async ([name, to]): Promise<[string, SourceReport]> => {
            const from = standings?.[name];
            const changes = isChange(from, to);
            const [between, overlay] = await Promise.all([
                changes ? step(`Comparing ${name}`, commitsBetween(stack, name, to)) : undefined,
                changes && diff ? step(`Rendering ${name}`, diffOf(stack, name, to)) : undefined,
            ]);
            const repository = `${config.github.owner}/${sourceOf(stack, name).repository}`;
            const path = foldersOf(config, name)
                .map((it) => it.path)
                .join(", ");
            return [
                name,
                { repository, from, to, changes, exists: exists(name, to.tag), between, overlay: path, diff: overlay },
            ];
        }),
    );
    return Object.fromEntries(described);
}

async function commitsBetween(
    { github, standings, ...stack }: Stack,
    name: string,
    to: Release,
): Promise<Comparison | Unanswered | undefined> {
    const from = standings?.[name];
    if (!from) {
        return undefined;
    }
    const { repository } = sourceOf(stack, name);
    const base = "tag" in from ? from.commit : from.branch;
    const asked = { shown: 20, signal: patienceFor(to.exemption) };
    try {
        const between = await github.compare(repository, base, to.commit, asked);
        if (between?.status !== "behind") {
            return between;
        }
        // For a rollback, list the commits it undoes.
        const back = await github.compare(repository, to.commit, base, asked);
        return back && { ...back, status: "behind" };
    } catch (error) {
        return { unanswered: asked.signal?.aborted === true ? "no answer in time" : wordsOf(error) };
    }
}

async function diffOf(stack: Stack, name: string, to: Release): Promise<OverlayDiff> {
    const { config, standings } = stack;
    const origin = await originOf(stack, name);
    if (!origin) {
        return { skipped: "GitHub has no such repository" };
    }
    const from = releaseOf(standings?.[name]);
    return overlayDiff({
        ...origin,
        source: sourceOf(stack, name),
        folders: foldersOf(config, name),
        from: from && { ref: from.tag, commit: from.commit },
        to: { ref: to.tag, commit: to.commit },
    });
}

/** The address and token to fetch a source's repository with Git; undefined if GitHub does not have it. */
export async function originOf(stack: Stack, name: string): Promise<Origin | undefined> {
    const repository = await stack.github.repository(sourceOf(stack, name).repository);
    return repository && { cloneUrl: repository.httpUrl, token: stack.token };
}

export function sourceOf({ sources }: Pick<Stack, "sources">, name: string): PromotedSource {
    return required(Object.fromEntries(sources.map((source) => [source.name, source])), name);
}

/** The folders that are applied from a source, in the order of their dependencies. */
export function foldersOf({ kustomizations }: Config, source: string): readonly AppliedFolder[] {
    return inDependencyOrder(kustomizations)
        .filter((it) => it.source === source)
        .map(({ name, path, targetNamespace, substitute }) => {
            const needs = neededBy(name, kustomizations);
            return { name, needs, path: plainPath(path), targetNamespace, substitute };
        });
}

/** A warning for each source whose new release removes objects after their operator. */
function removalNotes({ config }: Stack, sources: PerSource<SourceReport>): string[] {
    return Object.entries(sources).flatMap(([name, { diff }]) =>
        diff?.removedLate ? [removalNote(name, diff.removedLate, config.context)] : [],
    );
}
