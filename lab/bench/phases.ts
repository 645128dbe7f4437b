import type { EngineEvent, Observed } from "./observed.ts";

/** A moment of a command, by the event that marks it. */
interface Milestone {
    readonly id: string;
    readonly what: string;
    /** The first of the events of this, or the last. */
    readonly which: "first" | "last";
    readonly is: (event: EngineEvent) => boolean;
}

const stack = "pulumi:pulumi:Stack";
const started = ({ resourcePreEvent }: EngineEvent, type: (type: string) => boolean) =>
    resourcePreEvent !== undefined && type(resourcePreEvent.metadata.type);
const done =
    (type: string, name = "") =>
    ({ resOutputsEvent }: EngineEvent) =>
        resOutputsEvent !== undefined &&
        resOutputsEvent.metadata.type.endsWith(type) &&
        resOutputsEvent.metadata.urn.endsWith(name);

const engine: Milestone = {
    id: "engine",
    what: "the engine and the language host start",
    which: "first",
    is: (event) => started(event, (type) => type === stack),
};
const program: Milestone = {
    id: "program",
    what: "the program loads, and checks GitHub, cluster and release before anything is touched",
    which: "first",
    is: (event) => started(event, (type) => type !== stack && !type.startsWith("pulumi:providers:")),
};

/** What an `up` from nothing goes through; each begins where the one before it ends. */
export const bootstrapPhases: readonly Milestone[] = [
    engine,
    program,
    { id: "crds", what: "the namespace and the CRDs", which: "last", is: done(":CustomResourceDefinition") },
    {
        id: "controllers",
        what: "accounts, services and the controllers, until available",
        which: "last",
        is: done(":Deployment"),
    },
    {
        id: "github",
        what: "GitHub, which began beside the CRDs: what of it is still to do",
        which: "last",
        is: ({ resOutputsEvent }) => resOutputsEvent?.metadata.type.startsWith("github:") === true,
    },
    {
        id: "infrastructure",
        what: "infrastructure fetched, and both of its folders applied",
        which: "last",
        is: done(":Kustomization", "::infrastructure-configs-kustomization"),
    },
    { id: "apps", what: "apps fetched and applied", which: "last", is: done(":Kustomization", "::apps-kustomization") },
];

/** What a promotion goes through. */
export const promotionPhases: readonly Milestone[] = [
    engine,
    program,
    {
        id: "before",
        what: "everything before the changed source",
        which: "first",
        is: ({ resourcePreEvent }) => resourcePreEvent?.metadata.urn.endsWith("::apps-source") === true,
    },
    {
        id: "source",
        what: "the source has fetched the new tag",
        which: "last",
        is: done(":GitRepository", "::apps-source"),
    },
    {
        id: "applied",
        what: "the Kustomization has applied it, and the workload is ready",
        which: "last",
        is: done(":Kustomization", "::apps-kustomization"),
    },
    { id: "after", what: "what comes after", which: "last", is: done(stack) },
];

/** What a command goes through that finds nothing to do. */
export const unchangedPhases: readonly Milestone[] = [
    engine,
    program,
    {
        id: "resources",
        what: "every resource is registered, compared and found the same",
        which: "last",
        is: done(stack),
    },
];

/** Seconds of each phase by `<prefix>.<id>`, and `<prefix>.end`, until the command is over. They add up to its seconds. */
export function phasesOf(prefix: string, milestones: readonly Milestone[], { events, seconds }: Observed) {
    const values: Record<string, number> = {};
    let before = 0;
    for (const { id, which, is } of milestones) {
        const event = which === "first" ? events.find(is) : events.findLast(is);
        if (event === undefined) throw new Error(`The engine's events have none of the milestone ${id}`);
        // What began beside the phase before it may have ended earlier.
        const at = Math.max(event.at, before);
        values[`${prefix}.${id}`] = at - before;
        before = at;
    }
    values[`${prefix}.end`] = seconds - before;
    return values;
}

export const endPhase = { id: "end", what: "the state is written, and the command ends" };
