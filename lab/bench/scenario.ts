import { Steps } from "../steps.ts";

export type Unit = "s" | "ms" | "MiB" | "KiB" | "requests" | "writes" | "resources" | "times";

/** One thing measured. */
export interface Figure {
    /** Of the scenario; goals and other figures name it by this. */
    readonly id: string;
    /** A row of its table: "pulumi up -s dev". */
    readonly what: string;
    readonly unit: Unit;
    /** What every run gave, in the order of the runs. What a report says is their median. */
    readonly values: readonly number[];
    /** The floor and the peer, by id: the report gives the ratio to each. They are measured in the same run of the bench. */
    readonly beside?: readonly string[];
    /** The heading of the table that it is in; the scenario's own without one. */
    readonly group?: string;
    /**
     * A cell instead of a row: the figures of a group with the same `at` are a row of its table, those with the same
     * `series` a column, and where `at` is a number a line of a chart. `what` is then not shown.
     */
    readonly point?: { readonly series: string; readonly at: number | string };
}

/** What must hold between figures: `(of - less) / over`, of their medians, is at most `atMost`. */
export interface Goal {
    readonly text: string;
    readonly of: string;
    /** Taken off before it is compared, as the engine's start. */
    readonly less?: string;
    /** The floor or the peer that it is a multiple of. */
    readonly over?: string;
    readonly atMost: number;
    /**
     * Why it is missed, found by measuring: best told with the medians of the same run, which a function gets by id. A
     * report is refused while a missed goal has none.
     */
    readonly reason?: string | ((of: (id: string) => number) => string);
}

export interface Chart {
    /** docs/benchmarks/<scenario>-<name>.svg */
    readonly name: string;
    readonly title: string;
    /**
     * Bars: a bar for each of the figures, of one unit, with a dot for every run. Lines: a line for each series of the
     * points of one group.
     */
    readonly of: { readonly bars: readonly string[] } | { readonly lines: string; readonly x: string };
    /** Of both axes of lines; linear unless it says so. */
    readonly scale?: "linear" | "log";
}

/** What the scenario has to work with, and its progress. */
export class Bench {
    /** How many times each thing is measured. */
    readonly runs: number;
    /** Whether it is the short form: the smallest sizes, in CI, where nobody looks at the seconds. */
    readonly short: boolean;
    readonly #steps = new Steps();

    constructor({ runs, short }: { runs: number; short: boolean }) {
        this.runs = runs;
        this.short = short;
    }

    /** Does something that is not measured, and shows that it is at it. */
    step<T>(title: string, work: (progress: (detail: string) => void) => Promise<T>): Promise<T> {
        return this.#steps.run(title, work);
    }

    /** Does it, shows it, and gives its seconds. */
    async seconds(title: string, work: (progress: (detail: string) => void) => Promise<unknown>): Promise<number> {
        await this.#steps.run(title, work);
        return this.#steps.taken.at(-1)?.seconds ?? 0;
    }

    /**
     * Measures several things in turn, run by run, so that what slows the machine down slows all of them: ours, floor,
     * peer, ours, floor, ... Each gives its values by id; gathered by id they are the figures' `values`.
     */
    async interleaved(
        parts: readonly ((run: number) => Promise<Readonly<Record<string, number>>>)[],
    ): Promise<Record<string, number[]>> {
        const values: Record<string, number[]> = {};
        for (let run = 1; run <= this.runs; run++)
            for (const part of parts)
                for (const [id, value] of Object.entries(await part(run))) (values[id] ??= []).push(value);
        return values;
    }

    /** Measures the same figures run by run, for a scenario that begins anew with each: their values one after the other. */
    async repeated(measure: () => Promise<readonly Figure[]>): Promise<Figure[]> {
        const figures = new Map<string, Figure>();
        for (let run = 1; run <= this.runs; run++)
            for (const figure of await measure()) {
                const values = [...(figures.get(figure.id)?.values ?? []), ...figure.values];
                figures.set(figure.id, { ...figure, values });
            }
        return [...figures.values()];
    }
}

/**
 * One file of lab/bench, one name on the command line, one JSON file. Data and words that do not depend on a run are
 * here, so that the report is made anew without measuring anew.
 */
export interface Scenario {
    readonly name: string;
    readonly title: string;
    /** What is measured and how, in Markdown: what each side does and does not do. */
    readonly about: string;
    /** About how long it takes, in minutes on the two cores that it was written on: `full` with three runs. */
    readonly minutes: { readonly full: number; readonly short?: number };
    readonly goals: readonly Goal[];
    readonly charts: readonly Chart[];
    /** Starts from no lab, and need not take its own down: `down` follows whatever happens. */
    run(bench: Bench): Promise<readonly Figure[]>;
}

export function median(values: readonly number[]): number {
    const sorted = values.toSorted((one, other) => one - other);
    const middle = Math.floor(sorted.length / 2);
    const upper = sorted[middle] ?? Number.NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export interface Judged extends Omit<Goal, "reason"> {
    readonly reason?: string;
    readonly measured: number;
    readonly met: boolean;
}

/** The goals of a scenario by the figures of a run; those of figures that were not measured are left out. */
export function judge(goals: readonly Goal[], figures: readonly Figure[]): Judged[] {
    const medianOf = (id: string) => {
        const values = figures.find((figure) => figure.id === id)?.values;
        return values === undefined ? undefined : median(values);
    };
    return goals.flatMap((goal) => {
        const [of, less, over] = [
            medianOf(goal.of),
            goal.less === undefined ? 0 : medianOf(goal.less),
            goal.over === undefined ? 1 : medianOf(goal.over),
        ];
        if (of === undefined || less === undefined || over === undefined) return [];
        const measured = (of - less) / over;
        const { reason, ...rest } = goal;
        const why = typeof reason === "function" ? reason((id) => medianOf(id) ?? Number.NaN) : reason;
        return [{ ...rest, ...(why !== undefined && { reason: why }), measured, met: measured <= goal.atMost }];
    });
}
