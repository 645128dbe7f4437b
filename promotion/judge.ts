import type { Config } from "../config/parse";
import type { GitHub } from "../clients/github";
import type { HandWork } from "../domain/handWork";
import { messageOf, type Problem, type RefusalCode } from "../domain/problem";
import { closed } from "../domain/calendar";
import { ancestryOf } from "./ancestry";
import { type ClusterReader, type Evidence, gatherEvidence } from "./evidence";
import { type Change, type Facts, gate } from "./gate";
import { historyOf, pastOf } from "./past";
import { releaseOf, type Standings } from "../domain/release";
import { appliedFrom } from "../config/kustomizations";
import { promotedSources, type PromotedSource } from "../config/sources";

export interface Question {
    readonly config: Config;
    /** The standings after the last update; undefined before the first one. */
    readonly from: Standings | undefined;
    /** The standings that the settings ask for. */
    readonly to: Standings;
    readonly github: GitHub;
    /** Returns the outputs of another stack of this project. Fails if the stack does not exist. */
    readonly stackOutputs: (stack: string) => Promise<unknown>;
    /**
     * Stops of Flux by hand in the cluster, by source. Flux would not apply a release of these. Undefined if not looked
     * up.
     */
    readonly stops?: Readonly<Record<string, HandWork>> | undefined;
    /**
     * Returns all updates of a stack of this project, newest first. Called only if the release would be refused
     * otherwise.
     */
    readonly stackHistory: (stack: string) => Promise<readonly unknown[]>;
    /** Reads the upstream cluster. The default uses the kubeconfig. */
    readonly reader?: ClusterReader;
    readonly now: Date;
}

export interface Judgement {
    readonly problems: readonly Problem[];
    /** Facts for the user that do not stop the update. */
    readonly notes: readonly string[];
}

/** Judges whether a stack may take the releases in `to`. Sends no requests if nothing changes. */
export async function judge(question: Question): Promise<Judgement> {
    const { config, from, to, github, stops, now } = question;
    const changes = await Promise.all(
        promotedSources(config).flatMap((source) => {
            const [before, after] = [releaseOf(from?.[source.name]), releaseOf(to[source.name])];
            const stays = !after || (before?.tag === after.tag && before.commit === after.commit);
            return stays ? [] : [changeOf({ config, github, source, before, after, stop: stops?.[source.name] })];
        }),
    );
    if (changes.length === 0) {
        return { problems: [], notes: [] };
    }
    const { from: promotedFrom, soak, calendar } = config.promotion;
    const needsEvidence = promotedFrom !== undefined && changes.some(({ to: { exemption } }) => !exemption);
    const evidence = needsEvidence ? await evidenceOf(promotedFrom, question) : undefined;
    const { stack, context, tagPrefix = "" } = config;
    const facts = { stack, context, tagPrefix, promotedFrom, soak, closed: closed(calendar, now), evidence, now };
    const remembered = await withPast(changes, facts, question);
    const notes = [
        ...exemptionNotes(changes),
        ...evidenceNotes(promotedFrom, evidence),
        ...healthNotes(remembered, promotedFrom, evidence),
        ...pastNotes(remembered, facts),
    ];
    return { problems: gate(remembered, facts), notes };
}

/** Adds the past to each change that would otherwise be refused for lack of evidence. */
async function withPast(changes: readonly Change[], facts: Facts, question: Question): Promise<readonly Change[]> {
    const { config, github, stackHistory, from } = question;
    const refused = gate(changes, facts);
    const lacks = (source: string, codes: readonly RefusalCode[]) =>
        refused.some(({ refusal, key }) => {
            const concerned = key === "fluxcd:promotion.from" || key.startsWith(`fluxcd:sources.${source}.`);
            return concerned && refusal !== undefined && codes.includes(refusal);
        });
    const histories = new Map<string, ReturnType<typeof historyOf>>();
    const history = (stack: string) => {
        const read = histories.get(stack) ?? historyOf(stack, stackHistory);
        histories.set(stack, read);
        return read;
    };
    return Promise.all(
        changes.map(async (change): Promise<Change> => {
            const { source, to } = change;
            const own = from === undefined && lacks(source, ["never-applied", "no-evidence", "soak", "leftover"]);
            const upstream = to.exemption === undefined && lacks(source, ["never-applied", "no-evidence"]);
            const { promotedFrom } = facts;
            const asked = {
                own: own ? await history(config.stack) : undefined,
                upstream: upstream && promotedFrom !== undefined ? await history(promotedFrom) : undefined,
            };
            return own || upstream
                ? { ...change, past: await pastOf({ config, github, source, to, ...asked }) }
                : change;
        }),
    );
}

interface Compared {
    readonly config: Config;
    readonly github: GitHub;
    readonly source: PromotedSource;
    readonly before: Change["from"];
    readonly after: Change["to"];
    readonly stop: HandWork | undefined;
}

async function changeOf({ config, github, source, before, after, stop }: Compared): Promise<Change> {
    const { name, repository, ref } = source;
    const suspendedBy = suspendingKey(config, source);
    const { tagPrefix = "" } = config;
    return {
        source: name,
        repository,
        from: before,
        to: after,
        ancestry: await ancestryOf({ github, repository, before, after, tagPrefix }),
        pinned: "tag" in ref && ref.commit !== undefined,
        suspendedBy,
        ...(stop && { stop }),
        past: undefined,
    };
}

/** The setting that suspends a source or a Kustomization that applies it; undefined if none does. */
function suspendingKey({ kustomizations }: Config, { name, suspend }: PromotedSource): string | undefined {
    const applier = appliedFrom(kustomizations, name).find((each) => each.suspend);
    const key = applier && `fluxcd:kustomizations.${applier.name}.suspend`;
    return suspend ? `fluxcd:sources.${name}.suspend` : key;
}

async function evidenceOf(stack: string, { stackOutputs, reader }: Question): Promise<Evidence | string> {
    try {
        return await gatherEvidence(await stackOutputs(stack), reader);
    } catch (error) {
        return messageOf(error);
    }
}

function exemptionNotes(changes: readonly Change[]): string[] {
    return changes.flatMap(({ source, from, to, ancestry }) =>
        to.exemption
            ? [
                  `${source}: ${to.exemption.kind} from ${from?.tag ?? "nothing"} to ${to.tag}: ${to.exemption.reason}`,
                  ...(typeof ancestry === "object"
                      ? [`${source}: GitHub did not compare the two releases: ${ancestry.unanswered}`]
                      : []),
              ]
            : [],
    );
}

function evidenceNotes(stack: string | undefined, evidence: Evidence | string | undefined): string[] {
    return typeof evidence === "object" && evidence.unreachable !== undefined
        ? [`the cluster of ${stack ?? ""} was not asked, so its stack's outputs speak for it: ${evidence.unreachable}`]
        : [];
}

/** The evidence does not say more than Flux knew. */
function healthNotes(changes: readonly Change[], stack = "", evidence: Evidence | string | undefined): string[] {
    const sources = typeof evidence === "object" ? evidence.sources : {};
    return changes.flatMap(({ source, to }) => {
        const unknown = to.exemption ? [] : (sources[source]?.unknownHealth ?? []);
        return unknown.flatMap(({ kind, preset, kustomization }) => [
            `${source}: ${stack} counts ${kind} as healthy before its operator has handled it. To check it, add { preset: ${preset} } to fluxcd:kustomizations.${kustomization}.healthCheckExprs of stack ${stack}`,
        ]);
    });
}

function pastNotes(changes: readonly Change[], { stack, promotedFrom }: Facts): string[] {
    return changes.flatMap(({ source, to, past }) => [
        ...(past?.own
            ? [
                  `${source}: comes back to ${to.tag}, which stack ${stack} ran healthily until ${past.own.ended} or longer`,
              ]
            : []),
        ...(past?.upstream
            ? [
                  `${source}: stack ${promotedFrom ?? ""} ran it healthily as ${past.upstream.tag} at ${past.upstream.ended}`,
              ]
            : []),
    ]);
}
