import type { Config } from "../config/parse";
import type { GitHub } from "../preflight/github";
import type { HandWork } from "../preflight/byHand";
import { messageOf, type Problem } from "../refusal";
import { closed } from "./calendar";
import { type Evidence, gatherEvidence } from "./evidence";
import { type Change, gate } from "./gate";
import { releaseOf, sourceNames, type Standings } from "./release";

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
    readonly now: Date;
}

export interface Judgement {
    readonly problems: readonly Problem[];
    /** What a person should know, though it stops nothing. */
    readonly notes: readonly string[];
}

/** Judges whether a stack may take other releases than it stands on. Asks no one where nothing changes. */
export async function judge({ config, from, to, github, stackOutputs, stops, now }: Question): Promise<Judgement> {
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
    const evidence = needsEvidence ? await evidenceOf(promotedFrom, stackOutputs) : undefined;
    const { stack, context, tagPrefix = "" } = config;
    const problems = gate(changes, {
        stack,
        context,
        tagPrefix,
        promotedFrom,
        soak,
        closed: closed(calendar, now),
        evidence,
        now,
    });
    return { problems, notes: [...exemptionNotes(changes), ...evidenceNotes(promotedFrom, evidence)] };
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
    };
}

async function evidenceOf(stack: string, stackOutputs: Question["stackOutputs"]): Promise<Evidence | string> {
    try {
        return await gatherEvidence(await stackOutputs(stack));
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
