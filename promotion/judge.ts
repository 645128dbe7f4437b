import type { Config } from "../config/parse";
import type { GitHub } from "../clients/github";
import type { HandWork } from "../domain/handWork";
import { messageOf, type Problem, type RefusalCode } from "../domain/problem";
import { closed } from "../domain/calendar";
import { type ClusterReader, type Evidence, gatherEvidence } from "./evidence";
import { type Change, type Facts, gate } from "./gate";
import { historyOf, pastOf } from "./past";
import { releaseOf, type SourceName, sourceNames, type Standings } from "../domain/release";

export interface Question {
    readonly config: Config;
    /** What the stack stands on; undefined before its first update. */
    readonly from: Standings | undefined;
    /** What it is to stand on. */
    readonly to: Standings;
    readonly github: GitHub;
    /** The outputs of another stack of this project. Fails where there is none. */
    readonly stackOutputs: (stack: string) => Promise<unknown>;
    /** What people have stopped in the cluster, so that Flux would not apply it; without it, nothing. */
    readonly stops?: Readonly<Partial<Record<Change["source"], HandWork>>> | undefined;
    /** Every update of a stack of this project, newest first. Asked only where the release would else be refused. */
    readonly stackHistory: (stack: string) => Promise<readonly unknown[]>;
    /** What asks the cluster of the stack before; the kubeconfig where it is left out. */
    readonly reader?: ClusterReader;
    readonly now: Date;
}

export interface Judgement {
    readonly problems: readonly Problem[];
    /** What a person should know, though it stops nothing. */
    readonly notes: readonly string[];
}

/** Judges whether a stack may take other releases than it stands on. Asks no one where nothing changes. */
export async function judge(question: Question): Promise<Judgement> {
    const { config, from, to, github, stops, now } = question;
    const changes = await Promise.all(
        sourceNames.flatMap((source) => {
            const [before, after] = [releaseOf(from?.[source]), releaseOf(to[source])];
            const stays = !after || (before?.tag === after.tag && before.commit === after.commit);
            return stays ? [] : [changeOf({ config, github, source, before, after, stop: stops?.[source] })];
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
        ...pastNotes(remembered, facts),
    ];
    return { problems: gate(remembered, facts), notes };
}

/** Asks the histories what they tell, of each source that would else be refused for want of it. */
async function withPast(changes: readonly Change[], facts: Facts, question: Question): Promise<readonly Change[]> {
    const { config, github, stackHistory, from } = question;
    const refused = gate(changes, facts);
    const lacks = (source: SourceName, codes: readonly RefusalCode[]) =>
        refused.some(({ refusal, key }) => {
            const concerned = key === "fluxcd:promotedFrom" || key.startsWith(`fluxcd:${source}.`);
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
    readonly source: Change["source"];
    readonly before: Change["from"];
    readonly after: Change["to"];
    readonly stop: HandWork | undefined;
}

async function changeOf({ config, github, source, before, after, stop }: Compared): Promise<Change> {
    const { repository, ref, suspend } = config[source];
    const comparison = before && (await github.compare(repository, before.commit, after.commit));
    return {
        source,
        repository,
        from: before,
        to: after,
        ancestry: comparison?.status ?? "unknown",
        pinned: "tag" in ref && ref.commit !== undefined,
        suspended: suspend ?? false,
        // What the stack file says goes first: `suspend: false` lets Flux go on.
        ...(suspend === undefined && stop && { stop }),
        past: undefined,
    };
}

async function evidenceOf(stack: string, { stackOutputs, reader }: Question): Promise<Evidence | string> {
    try {
        return await gatherEvidence(await stackOutputs(stack), reader);
    } catch (error) {
        return messageOf(error);
    }
}

function exemptionNotes(changes: readonly Change[]): string[] {
    return changes.flatMap(({ source, from, to }) =>
        to.exemption
            ? [`${source}: ${to.exemption.kind} from ${from?.tag ?? "nothing"} to ${to.tag}: ${to.exemption.reason}`]
            : [],
    );
}

function evidenceNotes(stack: string | undefined, evidence: Evidence | string | undefined): string[] {
    return typeof evidence === "object" && evidence.unreachable !== undefined
        ? [`the cluster of ${stack ?? ""} was not asked, so its stack's outputs speak for it: ${evidence.unreachable}`]
        : [];
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
