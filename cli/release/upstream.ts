import { z } from "zod";

import { readClusterUid, readKustomization } from "../../clients/cluster";
import { commitIn } from "../../promotion/evidence";
import { type SourceName, sourceNames } from "../../domain/release";
import { messageOf } from "../../domain/problem";
import { problemsFound } from "../terminal/exit";
import { stackOutputs } from "../tools/pulumi";

/** What the stack runs that another one is promoted from. */
export interface Upstream {
    readonly stack: string;
    readonly environment: string;
    /** Who says so, in words that follow "as". */
    readonly witness: string;
    readonly runs: Readonly<Partial<Record<SourceName, Running>>>;
}

export interface Running {
    /** As Flux writes it, such as `main@sha1:<commit>`. */
    readonly revision: string;
    /** The branch or tag in it. */
    readonly ref: string;
    readonly commit: string;
}

const sourceSchema = z.object({ appliedRevision: z.string().optional() });
const outputsSchema = z.object({
    environment: z.string(),
    cluster: z.object({ context: z.string(), uid: z.string() }),
    infrastructure: sourceSchema,
    apps: sourceSchema,
});

/** Asks a stack's cluster what it runs, or where it does not answer, the outputs of the stack's last update. */
export async function readUpstream(stack: string, downstream: string): Promise<Upstream> {
    const { data: outputs } = outputsSchema.safeParse(await stackOutputs(stack));
    if (!outputs) {
        throw problemsFound(`Nothing can be promoted to ${downstream}.`, [
            {
                refusal: "no-evidence",
                key: "fluxcd:promotedFrom",
                value: stack,
                expected: `nothing says what ${stack} runs: it has no outputs of this program yet`,
                fix: `pulumi up --stack ${stack}`,
            },
        ]);
    }
    const { environment, cluster } = outputs;
    try {
        const [uid, ...live] = await Promise.all([
            readClusterUid(cluster.context),
            ...sourceNames.map((name) => readKustomization(cluster.context, name)),
        ]);
        if (uid !== cluster.uid) {
            throw new Error(`context ${cluster.context} leads to another cluster`);
        }
        const [infrastructure, apps] = live.map((it) => it?.status?.lastAppliedRevision);
        return { stack, environment, witness: "its cluster says", runs: running({ infrastructure, apps }) };
    } catch (error) {
        const { infrastructure, apps } = outputs;
        const revisions = { infrastructure: infrastructure.appliedRevision, apps: apps.appliedRevision };
        const witness = `its last update says (its cluster did not: ${messageOf(error)})`;
        return { stack, environment, witness, runs: running(revisions) };
    }
}

function running(revisions: Readonly<Record<SourceName, string | undefined>>): Upstream["runs"] {
    return Object.fromEntries(
        sourceNames.flatMap((name) => {
            const revision = revisions[name];
            return revision === undefined ? [] : [[name, runningAt(revision)]];
        }),
    );
}

/** The parts of a revision such as `main@sha1:<commit>`. */
export function runningAt(revision: string): Running {
    return { revision, ref: revision.slice(0, revision.lastIndexOf("@")), commit: commitIn(revision) };
}
