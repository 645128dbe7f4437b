import { type ClusterReader, healthyRevisions } from "../../promotion/evidence";
import type { Kustomization } from "../../clients/cluster";
import type { Standing } from "../../domain/release";
import { upsert } from "./fluxHistory";
import type { Exemption } from "./model";
import { outputsOf } from "./outputs";
import { newStack, type Stack } from "./simulatedStack";

export type StackName = "dev" | "staging" | "production";
export const sourceNames = ["infrastructure", "apps"] as const;
export type SourceName = (typeof sourceNames)[number];
export type PerSource<T> = Record<SourceName, T>;

export const upstreams = { staging: "dev", production: "staging" } as const;
export const prefixes = { dev: "dev-v", staging: "staging-v", production: "prod-v" } as const;
export const perSource = <T>(make: (name: SourceName) => T): PerSource<T> => ({
    infrastructure: make("infrastructure"),
    apps: make("apps"),
});

const minute = 60_000;
const epoch = Date.parse("2026-11-23T00:00:00Z");
export const timeOf = (at: number) => new Date(epoch + at * minute);
export const iso = (at: number) => timeOf(at).toISOString();

interface Repository {
    readonly name: SourceName;
    /** Each commit with all that are in its history, itself among them. */
    readonly commits: Map<string, ReadonlySet<string>>;
    main: string;
    readonly tags: Map<string, { readonly commit: string; readonly made: number | undefined }>;
}

/** What one source is to take. */
export interface Wanted {
    readonly tag: string;
    readonly commit: string;
    readonly pinned: boolean;
    readonly exemption: Exemption | undefined;
}

/** What a stack has of a source that has taken it. */
export function standingAt({ tag, commit, exemption }: Wanted): Standing {
    return { tag, commit, ...(exemption && { exemption }) };
}

/** Two repositories, three stacks and their clusters, without a network and with a clock that is set. */
export class Simulation {
    public now = 1;
    public readonly repositories = perSource((name): Repository => {
        const first = `${name}-0`;
        return { name, commits: new Map([[first, new Set([first])]]), main: first, tags: new Map() };
    });
    public readonly stacks: Readonly<Record<StackName, Stack>> = {
        dev: newStack("dev"),
        staging: newStack("staging"),
        production: newStack("production"),
    };
    private made = 0;

    public commit(name: SourceName, parent: string): string {
        const { commits } = this.repositories[name];
        const commit = `${name}-${++this.made}`;
        commits.set(commit, new Set([commit, ...(commits.get(parent) ?? [])]));
        return commit;
    }

    public isIn(name: SourceName, commit: string, other: string): boolean {
        return this.repositories[name].commits.get(other)?.has(commit) ?? false;
    }

    /** Flux reconciles everything once, and a minute passes. */
    public tick(): void {
        this.now++;
        for (const name of Object.keys(this.stacks) as StackName[]) {
            this.reconcile(name);
        }
    }

    /** Further than Flux remembers. */
    public moveOn(): void {
        for (let at = 0; at < 6; at++) {
            for (const repository of Object.values(this.repositories)) {
                repository.main = this.commit(repository.name, repository.main);
            }
            this.tick();
        }
        this.update("dev", undefined, { whole: true, stopped: false });
    }

    public reconcile(name: StackName): void {
        const stack = this.stacks[name];
        for (const source of sourceNames) {
            const commit = this.wantedCommit(name, source);
            if (stack.flux && !stack.isStopped && commit !== undefined) {
                const run = { at: this.now, commit, healthy: !stack.isSick };
                const last = stack.runs[source].at(-1);
                const turns = last && (last.commit !== commit || last.healthy !== run.healthy);
                // The one before was reconciled until the moment that another came.
                for (const each of turns ? [{ ...last, at: this.now }, run] : [run]) {
                    stack.runs[source].push(each);
                    upsert(stack.flux[source], each);
                }
            }
        }
    }

    private wantedCommit(name: StackName, source: SourceName): string | undefined {
        const { stash, runs } = this.stacks[name];
        const { main, tags } = this.repositories[source];
        const standing = stash?.sources[source];
        if (name === "dev" || !standing || !("tag" in standing)) {
            return name === "dev" ? main : undefined;
        }
        // A tag that was moved is followed; one that was deleted leaves what there is.
        return tags.get(standing.tag)?.commit ?? runs[source].at(-1)?.commit ?? standing.commit;
    }

    /** An update that the gate has let pass, or that changes nothing. */
    public update(
        name: StackName,
        wanted: PerSource<Wanted> | undefined,
        how: { whole: boolean; stopped: boolean },
    ): void {
        const stack = this.stacks[name];
        const changes = sourceNames.some((source) => {
            const standing = stack.stash?.sources[source];
            return wanted && (!standing || !("tag" in standing) || standing.tag !== wanted[source].tag);
        });
        const waits = stack.isStopped && changes;
        stack.flux ??= perSource(() => []);
        if (wanted && how.whole) {
            const sources = perSource((source) => standingAt(wanted[source]));
            stack.stash = { cluster: stack.uid, sources, secretsDrawnBy: "RandomPassword" };
        }
        this.reconcile(name);
        const succeeded = !stack.isSick && !waits;
        this.remember(name, wanted, { ...how, succeeded });
        if (succeeded) {
            stack.recorded = perSource((source) => [...stack.runs[source]]);
            stack.recordedUid = stack.uid;
            const evidence = perSource((source) => healthyRevisions(stack.flux?.[source]));
            stack.outputs = outputsOf({ context: name, uid: stack.uid }, evidence);
        }
    }

    /** Writes an update into Pulumi's history, and into the ledger what it proves. */
    public remember(
        name: StackName,
        wanted: PerSource<Wanted> | undefined,
        { whole, stopped, succeeded }: { whole: boolean; stopped: boolean; succeeded: boolean },
    ): void {
        const stack = this.stacks[name];
        const settings = (source: SourceName) => {
            const { tag, commit, pinned, exemption } = wanted?.[source] ?? {};
            const exempt = exemption && { [exemption.kind]: true, reason: exemption.reason };
            return tag === undefined ? { branch: "main" } : { tag, ...(pinned && { commit }), ...exempt };
        };
        const sources = perSource((source) => ({ ...settings(source), suspend: stopped }));
        stack.history.unshift({
            kind: "update",
            startTime: iso(this.now),
            endTime: iso(this.now + 1),
            result: succeeded ? "succeeded" : "failed",
            environment: whole ? {} : { "pulumi.flag.target": "set" },
            config: { "github:owner": { value: "misua" }, "fluxcd:sources": { objectValue: sources } },
        });
        if (wanted && succeeded && whole && !stopped) {
            for (const source of sourceNames) {
                stack.proofs[source].push({ at: this.now, ...wanted[source] });
            }
        }
    }

    public destroy(name: StackName): void {
        const stack = this.stacks[name];
        stack.history.unshift({
            ...{ kind: "destroy", startTime: iso(this.now), endTime: iso(this.now), result: "succeeded" },
            ...{ environment: {}, config: {} },
        });
        Object.assign(stack, { stash: undefined, outputs: {}, recorded: undefined, isStopped: false });
        this.loseFlux(stack);
    }

    /** Another cluster in the place of the one there was. */
    public rebuild(name: StackName): void {
        this.stacks[name].uid = `${name}-${++this.made}`;
        this.loseFlux(this.stacks[name]);
    }

    private loseFlux(stack: Stack): void {
        stack.flux = undefined;
        stack.runs = perSource(() => []);
    }

    /** As the program asks a cluster. */
    public readonly reader: ClusterReader = {
        uid: (context) => {
            const { uid, isReachable } = this.stacks[context as StackName];
            return isReachable ? Promise.resolve(uid) : Promise.reject(new Error("connect ECONNREFUSED"));
        },
        kustomization: (context, name) => {
            const source = name as SourceName;
            const { flux, runs } = this.stacks[context as StackName];
            const last = runs[source].at(-1);
            const revision = `ref@sha1:${last?.commit ?? ""}`;
            const conditions = [
                { type: "Ready", status: last?.healthy === false ? "False" : "True", reason: "", message: "" },
            ];
            const status = { history: flux?.[source] ?? [], lastAttemptedRevision: revision, conditions };
            return Promise.resolve({ status } as unknown as Kustomization);
        },
    };

    /** As the program asks GitHub. */
    public readonly github = {
        compare: (repository: string, base: string, head: string) => {
            const name = nameOf(repository);
            const [hasBase, hasHead] = [this.isIn(name, base, head), this.isIn(name, head, base)];
            const apart = hasBase ? "ahead" : hasHead ? "behind" : "diverged";
            return Promise.resolve({ status: base === head ? "identical" : apart, htmlUrl: "" });
        },
        commit: (repository: string, ref: string) =>
            Promise.resolve(this.repositories[nameOf(repository)].tags.get(ref.slice("tags/".length))?.commit),
        annotatedTag: (repository: string, tag: string) => {
            const found = this.repositories[nameOf(repository)].tags.get(tag);
            const made = found?.made;
            return Promise.resolve(made === undefined ? undefined : { commit: found?.commit, made: timeOf(made) });
        },
    };
}

function nameOf(repository: string): SourceName {
    return repository === "fluxcd-apps" ? "apps" : "infrastructure";
}
