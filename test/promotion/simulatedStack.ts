import type { StackRelease } from "../../components/release";
import type { Snapshot } from "../../clients/cluster";
import type { Proof, Run } from "./model";
import { type PerSource, perSource, type StackName } from "./simulation";

/** A stack and its cluster. */
export interface Stack {
    uid: string;
    isReachable: boolean;
    isSick: boolean;
    isStopped: boolean;
    stash: StackRelease | undefined;
    outputs: object;
    /** The ledger of the model. */
    runs: PerSource<Run[]>;
    recorded: PerSource<readonly Run[]> | undefined;
    recordedUid: string;
    readonly proofs: PerSource<Proof[]>;
    /** What the program gets to see: Flux's own memory, and Pulumi's. */
    flux: PerSource<Snapshot[]> | undefined;
    history: object[];
}

export function newStack(name: StackName): Stack {
    return {
        ...{ uid: name, isReachable: true, isSick: false, isStopped: false, stash: undefined, outputs: {} },
        ...{ runs: perSource(() => []), recorded: undefined, recordedUid: "", proofs: perSource(() => []) },
        ...{ flux: undefined, history: [] },
    };
}
