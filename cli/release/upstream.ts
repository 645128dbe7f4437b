import { readClusterUid, readKustomization } from "../../clients/cluster";
import { appliedRevision, outputsSchema, type StackOutputs } from "../../domain/outputs";
import { partsOf } from "../../domain/release";
import { messageOf } from "../../domain/problem";
import { problemsFound } from "../terminal/exit";
import { stackOutputs } from "../tools/pulumi";

/** The revisions that the upstream stack runs. */
export interface Upstream {
    readonly stack: string;
    readonly environment: string;
    /** The origin of the facts, in words that can follow "as". */
    readonly witness: string;
    readonly runs: Readonly<Partial<Record<string, Running>>>;
}

export interface Running {
    /** The revision in Flux's format, such as `main@sha1:<commit>`. */
    readonly revision: string;
    /** The branch or tag in the revision. */
    readonly ref: string;
    readonly commit: string;
}

/** Reads the running revisions from a stack's cluster, or from its last outputs if the cluster does not answer. */
export async function readUpstream(stack: string, downstream: string): Promise<Upstream> {
    const { data: outputs } = outputsSchema.safeParse(await stackOutputs(stack));
    if (!outputs) {
        throw problemsFound(`Nothing can be promoted to ${downstream}.`, [
            {
                refusal: "no-evidence",
                key: "fluxcd:promotion.from",
                value: stack,
                expected: `nothing says what ${stack} runs: it has no outputs of this program yet`,
                fix: `pulumi up --stack ${stack}`,
            },
        ]);
    }
    const { environment } = outputs;
    const { runs, unreachable } = await runningIn(outputs);
    const witness =
        unreachable === undefined ? "its cluster says" : `its last update says (its cluster did not: ${unreachable})`;
    return { stack, environment, witness, runs };
}

/**
 * The revision of each promoted source that all its Kustomizations have applied: from the cluster, otherwise from the
 * outputs.
 */
async function runningIn(outputs: StackOutputs) {
    const { cluster, kustomizations, evidence } = outputs;
    const named = Object.entries(kustomizations);
    const together = (applied: readonly (string | undefined)[]): Upstream["runs"] =>
        Object.fromEntries(
            Object.keys(evidence).flatMap((source) => {
                const own = named.flatMap(([, it], at) => (it.source === source ? [applied[at]] : []));
                const [revision] = own;
                const same = revision !== undefined && own.every((other) => other === revision);
                return same ? [[source, runningAt(revision)]] : [];
            }),
        );
    try {
        const [uid, ...live] = await Promise.all([
            readClusterUid(cluster.context),
            ...named.map(([name]) => readKustomization(cluster.context, name)),
        ]);
        if (uid !== cluster.uid) {
            throw new Error(`context ${cluster.context} leads to another cluster`);
        }
        return { runs: together(live.map((it) => it?.status?.lastAppliedRevision)), unreachable: undefined };
    } catch (error) {
        return { runs: together(named.map(([name]) => appliedRevision(outputs, name))), unreachable: messageOf(error) };
    }
}

/** The parts of a revision such as `main@sha1:<commit>`. */
export function runningAt(revision: string): Running {
    return { revision, ...partsOf(revision) };
}
