import assert from "node:assert/strict";

import { allow } from "../../components/release";
import type { GitHub } from "../../clients/github";
import { judge } from "../../promotion/judge";
import type { Standings } from "../../domain/release";
import { type Action, plainUpdate, type Update } from "./drawn";
import { type Asked, refusals, targetedRefuses } from "./model";
import { settingsOf, soak, stoppedByHand } from "./settings";
import { perSource, type PerSource, prefixes, Simulation, type SourceName, sourceNames } from "./simulation";
import { type StackName, standingAt, timeOf, upstreams, type Wanted } from "./simulation";

/** Does what was drawn, and asks the gate and the model about each update. Fails where they differ. */
export class Person {
    public readonly world = new Simulation();
    public isFrozen = false;
    public planned: Update | undefined;
    public readonly seen = new Map<string, number>();

    public async does(it: Action): Promise<void> {
        const { world } = this;
        switch (it.does) {
            case "update":
                await this.update(it);
                break;
            case "plan":
                this.planned = it;
                break;
            case "carry out":
                // Somebody else may have gone ahead since.
                await (this.planned && this.update(this.planned));
                break;
            case "push": {
                const { main, commits } = world.repositories[it.source];
                const parent = it.aside ? ([...commits.keys()].at(-2) ?? main) : main;
                const made = world.commit(it.source, parent);
                world.repositories[it.source].main = it.aside ? main : made;
                break;
            }
            case "tag":
                this.tag(it);
                break;
            case "delete":
                world.repositories[it.source].tags.delete(`${prefixes[it.stack]}1.${it.version}.0`);
                break;
            case "wait":
                for (let at = 0; at < it.minutes; at++) {
                    world.tick();
                }
                break;
            case "freeze":
                this.isFrozen = !this.isFrozen;
                break;
            case "sicken":
                world.stacks[it.stack].isSick = !world.stacks[it.stack].isSick;
                break;
            case "cut off":
                world.stacks[it.stack].isReachable = !world.stacks[it.stack].isReachable;
                break;
            case "stop":
                world.stacks[it.stack].isStopped = !world.stacks[it.stack].isStopped;
                break;
            case "destroy":
                world.destroy(it.stack);
                break;
            case "rebuild":
                world.rebuild(it.stack);
                break;
            case "up of dev":
                world.update("dev", undefined, { whole: true, stopped: false });
                break;
            case "move on":
                world.moveOn();
                break;
            case "release aside": {
                const { commits, tags } = world.repositories[it.source];
                const commit = world.commit(it.source, [...commits.keys()][0] ?? "");
                tags.set(`${prefixes[it.stack]}1.4.0`, { commit, made: world.now });
                break;
            }
            case "destroy and come back": {
                const stood = world.stacks[it.stack].stash?.sources.apps;
                world.destroy(it.stack);
                world.tick();
                await (stood && "tag" in stood && this.update(plainUpdate(it.stack, Number(stood.tag.split(".")[1]))));
            }
        }
        world.tick();
    }

    private tag({ stack, version, back, annotated, moves, sources }: Extract<Action, { does: "tag" }>): void {
        for (const name of sources) {
            const { tags, commits, main } = this.world.repositories[name];
            const tag = `${prefixes[stack]}1.${version}.0`;
            const commit = (back < 0 ? main : [...commits.keys()].at(-1 - back)) ?? main;
            if (!tags.has(tag) || moves) {
                tags.set(tag, { commit, made: annotated ? this.world.now : undefined });
            }
        }
    }

    /** As promote does: tags that are not there are made on what the stack before runs. */
    private promote({ stack, versions }: Update): void {
        const { repositories, stacks, now } = this.world;
        for (const name of sourceNames) {
            const { tags } = repositories[name];
            const tag = `${prefixes[stack]}1.${versions[name]}.0`;
            const commit = stacks[upstreams[stack]].runs[name].at(-1)?.commit;
            if (commit !== undefined && versions[name] > 0 && !tags.has(tag)) {
                tags.set(tag, { commit, made: now });
            }
        }
    }

    private async update(it: Update): Promise<void> {
        if (it.promotes) {
            this.promote(it);
        }
        const wanted = this.wanted(it);
        if (!wanted) {
            return;
        }
        const { world, isFrozen } = this;
        const { stack: name, targeted, suspended } = it;
        const stack = world.stacks[name];
        const changes = sourceNames.some((source) => {
            const standing = stack.stash?.sources[source];
            return !(
                standing &&
                "tag" in standing &&
                standing.tag === wanted[source].tag &&
                standing.commit === wanted[source].commit
            );
        });
        if (targetedRefuses(changes, targeted)) {
            world.remember(name, wanted, { whole: false, stopped: suspended, succeeded: false });
            return;
        }
        const expected = new Set(sourceNames.flatMap((source) => refusals(this.asked(it, source, wanted[source]))));
        const moves = stack.stash !== undefined && stack.stash.cluster !== stack.uid && !it.accepts;
        const found = await this.verdict(it, wanted);
        const shown = JSON.stringify({ now: world.now, it, wanted, stash: stack.stash, isFrozen });
        assert.deepEqual(found, moves ? ["another cluster"] : [...expected].sort(), shown);
        (found.length === 0 ? [changes ? "taken" : "stays"] : found).forEach((outcome) => {
            this.count(outcome);
        });
        if (found.length === 0) {
            world.update(name, wanted, { whole: targeted === "all", stopped: suspended });
        } else {
            world.remember(name, wanted, { whole: true, stopped: suspended, succeeded: false });
        }
    }

    /** What the stack file asks for; undefined where a tag is not there, which the checks refuse. */
    private wanted({ stack, versions, exemption, exempted, pinned }: Update): PerSource<Wanted> | undefined {
        const { stash } = this.world.stacks[stack];
        const of = (name: SourceName): Wanted | undefined => {
            const standing = stash?.sources[name];
            const stands = standing && "tag" in standing ? standing : undefined;
            const stays = versions[name] === 0 && stands;
            const tag = stays ? stays.tag : `${prefixes[stack]}1.${versions[name]}.0`;
            const commit = this.world.repositories[name].tags.get(tag)?.commit;
            const exempt = stays ? stays.exemption : exempted.includes(name) ? exemption : undefined;
            return commit === undefined ? undefined : { tag, commit, pinned, exemption: exempt };
        };
        const [infrastructure, apps] = [of("infrastructure"), of("apps")];
        return infrastructure && apps && { infrastructure, apps };
    }

    private asked({ stack: name, suspended, soaks }: Update, source: SourceName, wanted: Wanted): Asked {
        const { world } = this;
        const { stash, proofs } = world.stacks[name];
        const standing = stash?.sources[source];
        const before = world.stacks[upstreams[name]];
        const { tags } = world.repositories[source];
        const isAsked = before.isReachable && before.recordedUid === before.uid;
        const versionOf = (tag: string) => Number(tag.split(".")[1]);
        return {
            now: world.now,
            wanted: { ...wanted, version: versionOf(wanted.tag) },
            standing:
                standing && "tag" in standing
                    ? { ...standing, exemption: standing.exemption, version: versionOf(standing.tag) }
                    : undefined,
            standsOnNothing: stash === undefined,
            // By the stack file, or by hand in the cluster.
            suspended: suspended || world.stacks[name].isStopped,
            frozen: this.isFrozen,
            soak: soaks ? soak : 0,
            upstream: {
                runs: isAsked ? before.runs[source] : undefined,
                recorded: before.recorded?.[source],
                proofs: before.proofs[source],
            },
            own: proofs[source],
            isIn: (commit, other) => world.isIn(source, commit, other),
            tagMade: (tag) => tags.get(tag)?.made,
            tagCommit: (tag) => tags.get(tag)?.commit,
        };
    }

    /** The rules by which the program refuses it; none where it lets it pass. */
    private async verdict(it: Update, wanted: PerSource<Wanted>): Promise<string[]> {
        const { world } = this;
        const { stash, uid } = world.stacks[it.stack];
        const to = perSource((source) => standingAt(wanted[source]));
        const codes = new Set<string>();
        const question = {
            config: settingsOf(it, wanted, this.isFrozen),
            to,
            github: world.github as unknown as GitHub,
            stackOutputs: (name: string) => Promise.resolve(world.stacks[name as StackName].outputs),
            stackHistory: (name: string) => Promise.resolve(world.stacks[name as StackName].history),
            reader: world.reader,
            stops: world.stacks[it.stack].isStopped ? stoppedByHand : {},
            now: timeOf(world.now),
        };
        const guards = {
            context: it.stack,
            objectsInState: () => Promise.resolve(0),
            acceptedClusterUid: it.accepts ? uid : "",
            anothersFlux: [],
            judge: async (from: Standings | undefined) => {
                const { problems, notes } = await judge({ ...question, from });
                this.remembered(problems.length === 0 ? notes : []);
                problems.forEach(({ refusal }) => codes.add(refusal ?? ""));
                return { problems, notes: [] };
            },
        };
        const passes = await allow(stash, { cluster: uid, sources: to, secretsDrawnBy: "RandomPassword" }, guards).then(
            () => true,
            () => false,
        );
        assert.ok(!passes || codes.size === 0);
        return passes || codes.size > 0 ? [...codes].sort() : ["another cluster"];
    }

    /** Where a history made the difference. */
    private remembered(notes: readonly string[]): void {
        for (const words of ["comes back to", "ran it healthily as"]) {
            if (notes.some((note) => note.includes(words))) {
                this.count(words);
            }
        }
    }

    private count(outcome: string): void {
        this.seen.set(outcome, (this.seen.get(outcome) ?? 0) + 1);
    }
}
