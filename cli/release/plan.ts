import type { Exemption } from "../../domain/release";
import type { Config, Settings } from "../../config/parse";
import type { Comparison, GitHub } from "../../clients/github";
import { judge } from "../../promotion/judge";
import { type Release, releaseOf, type SourceName, type Standings } from "../../domain/release";
import { tagToSign } from "../../checks/signature";
import type { Problem } from "../../domain/problem";
import { editedSettings, editFor, editsFor, isChange, standingsAfter, withExemption } from "./edits";
import { problemsFound } from "../terminal/exit";
import { type OverlayDiff, overlayDiff } from "./overlayDiff";
import { entriesOf, type Family, mapSources, type PerSource, tagExists, type Target } from "./targets";
import { step } from "../terminal/progress";
import { stackHistory, stackOutputs, validConfig } from "../tools/pulumi";
import type { Origin } from "../tools/render";
import type { Report, SourceReport } from "./report";
import type { SourceEdits } from "../tools/stackFile";

/** A stack, and everything that is known of it before a release is chosen. */
export interface Stack {
    /** As it was given, which pulumi understands. */
    readonly name: string;
    readonly settings: Settings;
    readonly config: Config;
    readonly standings: Standings | undefined;
    readonly family: Family;
    readonly github: GitHub;
    readonly token: string;
}

/** The releases that a stack is to take. */
export interface Intent {
    readonly command: "promote" | "rollback";
    readonly targets: PerSource<Target>;
    readonly exemption: Exemption | undefined;
    /** Where they come from, as a sentence. */
    readonly origin: string | undefined;
    /** What a person should know of the choice. */
    readonly notes?: readonly string[];
    /** The command that goes on once the update is done. */
    readonly then?: string | undefined;
    readonly diff: boolean;
}

/** What is to be done, and everything there is to say about it. */
export interface Plan {
    readonly report: Report;
    /** Of the stack file here. */
    readonly edits: SourceEdits;
    /** Of the one on GitHub, which may be behind. */
    readonly proposal: SourceEdits;
    /** The tags that are not there yet. */
    readonly missing: PerSource<Release>;
    /** The command that goes on once the update is done; undefined where that is all. */
    readonly then: string | undefined;
}

/** Judges and describes a release before anything is made. */
export async function planOf(stack: Stack, intent: Intent): Promise<Plan> {
    const { config, standings, family } = stack;
    const targets = withExemption(intent.targets, standings, intent.exemption);
    const edits = editsFor(config, targets);
    const edited = validConfig(editedSettings(stack.settings, edits));
    const to = await standingsAfter(edited, targets, standings, family.commitOf);
    const versionOfTag = (tag: string) => tag.slice(family.prefix.length);
    const exists = (name: SourceName, tag: string) => family.versions[name].includes(versionOfTag(tag));
    // The own one may be of an organization, which only its whole name tells.
    const history = (of: string) => stackHistory(of === config.stack ? stack.name : of);
    const asked = { github: stack.github, stackOutputs, stackHistory: history };
    const [taken, { problems, notes }, sources] = await Promise.all([
        step("Looking at the tags", takenTags(stack, targets, exists)),
        step("Asking the gate", judge({ ...asked, config: edited, from: standings, to, now: new Date() })),
        describe(stack, targets, { exists, diff: intent.diff }),
    ]);
    const versions = new Set(entriesOf(targets).map(([, { tag }]) => versionOfTag(tag)));
    const missing = entriesOf(targets).filter(([name, { tag }]) => !exists(name, tag));
    const changed = entriesOf(targets).filter(([name, target]) => name in edits || isChange(standings?.[name], target));
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
            notes: [...(intent.notes ?? []), ...notes],
            refused: [...taken, ...missing.flatMap(([name, target]) => tagToSign(edited, name, target)), ...problems],
        },
    };
}

/** Whether there is nothing to change, neither in the stack nor in its file. */
export function isDone({ report, edits }: Plan): boolean {
    return Object.keys(edits).length === 0 && entriesOf(report.sources).every(([, { changes }]) => !changes);
}

/** Ends the command when the gate does not let the release pass. */
export function refuseWhere({ report: { refused, stack } }: Plan): void {
    if (refused.length > 0) {
        throw problemsFound(`Stack ${stack} must not take this release. Nothing was changed.`, refused);
    }
}

const shownCommits = 20;

type Exists = (name: SourceName, tag: string) => boolean;

async function takenTags({ family, config }: Stack, targets: PerSource<Release>, exists: Exists): Promise<Problem[]> {
    const found = await Promise.all(
        entriesOf(targets).map(async ([name, target]) => {
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
        entriesOf(targets).map(async ([name, to]): Promise<[SourceName, SourceReport]> => {
            const from = standings?.[name];
            const changes = isChange(from, to);
            const [between, overlay] = await Promise.all([
                changes ? step(`Comparing ${name}`, commitsBetween(stack, name, to)) : undefined,
                changes && diff ? step(`Rendering ${name}`, diffOf(stack, name, to)) : undefined,
            ]);
            const repository = `${config.github.owner}/${config[name].repository}`;
            const path = overlayPath(config, name);
            return [
                name,
                { repository, from, to, changes, exists: exists(name, to.tag), between, overlay: path, diff: overlay },
            ];
        }),
    );
    return mapSources(Object.fromEntries(described) as PerSource<SourceReport>, (it) => it);
}

async function commitsBetween(
    { github, config, standings }: Stack,
    name: SourceName,
    to: Release,
): Promise<Comparison | undefined> {
    const from = standings?.[name];
    if (!from) {
        return undefined;
    }
    const { repository } = config[name];
    const base = "tag" in from ? from.commit : from.branch;
    const between = await github.compare(repository, base, to.commit, shownCommits);
    if (between?.status !== "behind") {
        return between;
    }
    // Going back, what counts is what is taken back.
    const back = await github.compare(repository, to.commit, base, shownCommits);
    return back && { ...back, status: "behind" };
}

async function diffOf(stack: Stack, name: SourceName, to: Release): Promise<OverlayDiff> {
    const { config, standings } = stack;
    const origin = await originOf(stack, name);
    if (!origin) {
        return { skipped: "GitHub has no such repository" };
    }
    const from = releaseOf(standings?.[name]);
    return overlayDiff({
        ...origin,
        path: overlayPath(config, name),
        from: from && { ref: from.tag, commit: from.commit },
        to: { ref: to.tag, commit: to.commit },
    });
}

/** Where git reads a source's repository; undefined where GitHub has none. */
export async function originOf({ config, github, token }: Stack, name: SourceName): Promise<Origin | undefined> {
    const repository = await github.repository(config[name].repository);
    return repository && { cloneUrl: repository.httpUrl, token };
}

/** As index.ts hands it to Flux. */
export function overlayPath({ environment }: Config, name: SourceName): string {
    return `${name}/overlays/${environment}`;
}
