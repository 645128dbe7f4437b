import { Cron } from "croner";
import { Temporal } from "temporal-polyfill";
import { z } from "zod";

import { seconds } from "./duration";

const expectedZone = "expected the name of an IANA time zone, such as Europe/Berlin or UTC";
const expectedCron = "expected the five fields of a cron schedule that matches a real date, such as 0 9 * * 1-5";
const expectedWindow = "expected a duration of 1m to 8760h, such as 8h or 1h30m";
const expectedTime = "expected a local date or time in the stack's time zone, such as 2026-12-20 or 2026-12-20T18:00";
const expectedReason = "expected the reason for the freeze";

/** The name of an IANA time zone. https://en.wikipedia.org/wiki/List_of_tz_database_time_zones */
export const timeZoneSchema = z.string(expectedZone).refine(isTimeZone, expectedZone);

/**
 * A recurring time in which releases may change. It opens at each moment of `cron`, in the stack's time zone, and stays
 * open for `window`.
 */
export const changeWindowSchema = z.strictObject({
    cron: z.string(expectedCron).refine(isCron, expectedCron),
    window: z.string(expectedWindow).refine(isWindow, expectedWindow),
});

const localTimeSchema = z
    .string(expectedTime)
    // The form in which Pulumi passes an unquoted date, because YAML parses it as a timestamp.
    .overwrite((text) => text.replace(/ 00:00:00 \+0000 UTC$/, ""))
    .refine(isLocalTime, { message: expectedTime, abort: true });

/**
 * A period in which no release may change, from `from` up to `to`. If `to` is a date, the freeze includes all of that
 * day.
 */
export const freezeSchema = z
    .strictObject({
        from: localTimeSchema,
        to: localTimeSchema,
        reason: z.string(expectedReason).regex(/\S/, expectedReason),
    })
    .refine(({ from, to }) => Temporal.PlainDateTime.compare(localStart(from), localEnd(to)) < 0, {
        path: ["to"],
        message: "expected a time later than from",
    });

export type ChangeWindow = z.infer<typeof changeWindowSchema>;
export type Freeze = z.infer<typeof freezeSchema>;

/** The times at which a stack may change its release. Without change windows, that is any time outside a freeze. */
export interface Calendar {
    readonly timeZone: string;
    readonly changeWindows: readonly ChangeWindow[];
    readonly freezes: readonly Freeze[];
}

/** The reason a stack may not change its release now. */
export interface Closed {
    readonly kind: "window" | "freeze";
    /** A text for people, with local times: the rule that blocks the change, and when it ends. */
    readonly why: string;
    /** The first moment at which the release may change; undefined if there is none. */
    readonly opens: Date | undefined;
}

/**
 * Returns what blocks a change of release at `now`, or undefined if nothing does. The calendar must have passed its
 * schemas.
 */
export function closed(calendar: Calendar, now: Date): Closed | undefined {
    const windows = windowsOf(calendar);
    const freezes = freezesOf(calendar);
    const freeze = freezeAt(freezes, now.getTime());
    if (freeze === undefined && isInWindow(windows, now.getTime())) {
        return undefined;
    }
    const first = firstOpen(windows, freezes, now.getTime());
    const opens = first === undefined ? undefined : new Date(first);
    const kind = freeze === undefined ? "window" : "freeze";
    const inTheWay =
        freeze === undefined
            ? `outside every change window (${calendar.changeWindows.map(({ cron, window }) => `${cron} for ${window}`).join(", ")})`
            : `inside the freeze from ${freeze.from} to ${freeze.to} (${freeze.reason})`;
    const then = opens === undefined ? "it never opens" : `it opens on ${localTime(opens, calendar.timeZone)}`;
    return { kind, why: `it is ${localTime(now, calendar.timeZone)}, ${inTheWay}; ${then}`, opens };
}

/** A moment as text for people, in a time zone and to the minute: `Sun 2026-12-20 18:00 Europe/Berlin`. */
export function localTime(moment: Date, timeZone: string): string {
    const local = Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone);
    const weekday = local.toLocaleString("en", { weekday: "short" });
    return `${weekday} ${local.toPlainDate().toString()} ${local.toPlainTime().toString({ smallestUnit: "minute" })} ${timeZone}`;
}

interface Window {
    readonly cron: Cron;
    readonly milliseconds: number;
}

type FrozenTime = Freeze & { readonly start: number; readonly end: number };

function windowsOf({ changeWindows, timeZone }: Calendar): Window[] {
    return changeWindows.map(({ cron, window }) => ({
        cron: new Cron(cron, { mode: "5-part", timezone: timeZone }),
        milliseconds: seconds(window) * 1000,
    }));
}

/**
 * When the clocks change, a freeze is as long as it can be: it starts at the first of two equal local times and ends at
 * the second.
 */
function freezesOf({ freezes, timeZone }: Calendar): FrozenTime[] {
    return freezes.map((freeze) => ({
        ...freeze,
        start: localStart(freeze.from).toZonedDateTime(timeZone, { disambiguation: "earlier" }).epochMilliseconds,
        end: localEnd(freeze.to).toZonedDateTime(timeZone, { disambiguation: "later" }).epochMilliseconds,
    }));
}

function firstOpen(windows: readonly Window[], freezes: readonly FrozenTime[], from: number): number | undefined {
    let moment: number | undefined = from;
    while (moment !== undefined) {
        const freeze = freezeAt(freezes, moment);
        if (freeze === undefined && isInWindow(windows, moment)) {
            return moment;
        }
        moment = freeze === undefined ? nextWindow(windows, moment) : freeze.end;
    }
    return undefined;
}

/** The freeze in force at a moment; if there are several, the one that ends last. */
function freezeAt(freezes: readonly FrozenTime[], moment: number): FrozenTime | undefined {
    return freezes.filter(({ start, end }) => start <= moment && moment < end).toSorted((a, b) => b.end - a.end)[0];
}

function isInWindow(windows: readonly Window[], moment: number): boolean {
    return (
        windows.length === 0 ||
        windows.some(({ cron, milliseconds }) => (next(cron, moment - milliseconds) ?? Infinity) <= moment)
    );
}

function nextWindow(windows: readonly Window[], moment: number): number | undefined {
    const starts = windows.map(({ cron }) => next(cron, moment)).filter((start) => start !== undefined);
    return starts.length === 0 ? undefined : Math.min(...starts);
}

function next(cron: Cron, after: number): number | undefined {
    return cron.nextRun(new Date(after))?.getTime();
}

function localStart(text: string): Temporal.PlainDateTime {
    return Temporal.PlainDateTime.from(text);
}

function localEnd(text: string): Temporal.PlainDateTime {
    return Temporal.PlainDateTime.from(text).add({ days: text.includes("T") ? 0 : 1 });
}

function isLocalTime(text: string): boolean {
    return /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:[0-5]\d)?)?$/.test(text) && succeeds(() => localStart(text));
}

function isTimeZone(name: string): boolean {
    // Intl also accepts offsets such as +01:00, which have no daylight saving time.
    return /^[A-Za-z]/.test(name) && succeeds(() => new Intl.DateTimeFormat("en", { timeZone: name }));
}

function isCron(text: string): boolean {
    // croner reads ? as the moment the program started, so the schedule would differ in each run.
    return (
        /^[^\s?]+( +[^\s?]+){4}$/.test(text) &&
        succeeds(() => {
            if (new Cron(text, { mode: "5-part", timezone: "UTC" }).nextRun() === null) {
                throw new RangeError("never");
            }
        })
    );
}

function isWindow(text: string): boolean {
    return /^(?=\d)(\d+h)?(\d+m)?$/.test(text) && seconds(text) >= 60 && seconds(text) <= 8760 * 3600;
}

function succeeds(attempt: () => unknown): boolean {
    try {
        attempt();
        return true;
    } catch {
        return false;
    }
}
