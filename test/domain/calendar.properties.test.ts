import assert from "node:assert/strict";

import fc from "fast-check";

import { type Calendar, closed } from "../../domain/calendar";

describe("Any calendar", () => {
    it("opens at the announced time, and not before", () => {
        fc.assert(
            fc.property(anyCalendar, anyMoment, fc.double({ min: 0, max: 1, noNaN: true }), (calendar, now, part) => {
                const opens = closed(calendar, now)?.opens;
                fc.pre(opens !== undefined);
                assert.ok(opens > now);
                assert.equal(closed(calendar, opens), undefined);
                const between = now.getTime() + Math.floor((opens.getTime() - 1 - now.getTime()) * part);
                for (const moment of [opens.getTime() - 1, between]) {
                    assert.deepEqual(closed(calendar, new Date(moment))?.opens, opens);
                }
            }),
        );
    });

    it("is never open during a freeze", () => {
        fc.assert(
            fc.property(anyCalendar, anyFreeze, fc.nat(), (calendar, freeze, at) => {
                // UTC, where the moments of a freeze are plain to see.
                const frozen = { ...calendar, timeZone: "UTC", freezes: [...calendar.freezes, freeze] };
                const end = freeze.to.includes("T") ? utc(freeze.to) : utc(freeze.to) + day;
                const moment = utc(freeze.from) + (at % (end - utc(freeze.from)));
                assert.equal(closed(frozen, new Date(moment))?.kind, "freeze");
                assert.ok((closed(frozen, new Date(moment))?.opens?.getTime() ?? Infinity) >= end);
            }),
        );
    });

    it("is open exactly in the expected change windows", () => {
        const window = fc.record({
            hour: fc.nat(23),
            minute: fc.nat(59),
            weekdays: fc.uniqueArray(fc.nat(6), { minLength: 1 }),
            minutes: fc.integer({ min: 1, max: 3 * 24 * 60 }),
        });
        fc.assert(
            fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), anyMoment, (windows, now) => {
                const changeWindows = windows.map(({ hour, minute, weekdays, minutes }) => ({
                    cron: `${minute} ${hour} * * ${weekdays.join(",")}`,
                    window: `${minutes}m`,
                }));
                const today = now.getTime() - (now.getTime() % day);
                const isOpen = windows.some(({ hour, minute, weekdays, minutes }) =>
                    [0, 1, 2, 3].some((ago) => {
                        const start = today - ago * day + (hour * 60 + minute) * 60_000;
                        const comes = weekdays.includes(new Date(start).getUTCDay());
                        return comes && start <= now.getTime() && now.getTime() < start + minutes * 60_000;
                    }),
                );
                assert.equal(closed({ timeZone: "UTC", changeWindows, freezes: [] }, now) === undefined, isOpen);
            }),
        );
    });

    it("is closed during a freeze that begins or ends while the clock changes", () => {
        const step = 10 * 60_000;
        const local = (steps: number) => new Date(utc("2026-03-29T00:00") + steps * step).toISOString().slice(0, 16);
        const moments = Array.from({ length: 60 }, (_, steps) => new Date(utc("2026-03-28T22:00") + steps * step));
        fc.assert(
            fc.property(fc.nat(24), fc.integer({ min: 1, max: 12 }), (from, steps) => {
                const freezes = [{ from: local(from), to: local(from + steps), reason: "clock" }];
                const calendar = { timeZone: "Europe/Berlin", changeWindows: [], freezes };
                assert.ok(moments.some((moment) => closed(calendar, moment) !== undefined));
            }),
        );
    });
});

const day = 24 * 3600_000;
const anyMoment = fc
    .integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 11, 31) })
    .map((milliseconds) => new Date(milliseconds));
const anyWindow = fc.record({
    cron: fc
        .tuple(
            fc.constantFrom("0", "30", "*/20", "15,45"),
            fc.constantFrom("0", "2", "9", "22", "1-3", "*/6"),
            fc.constantFrom("*", "*", "1", "29", "L"),
            fc.constantFrom("*", "*", "3", "10"),
            fc.constantFrom("*", "1-5", "0", "5#1"),
        )
        .map((fields) => fields.join(" ")),
    window: fc.constantFrom("1m", "10m", "1h30m", "8h", "30h", "240h"),
});
const anyFreeze = fc
    .tuple(anyMoment, fc.integer({ min: 1, max: 60 * 24 * 60 }), fc.boolean())
    .map(([moment, minutes, isInDays]) => {
        const text = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, isInDays ? 10 : 16);
        return { from: text(moment.getTime()), to: text(moment.getTime() + minutes * 60_000), reason: "any" };
    });
const anyCalendar: fc.Arbitrary<Calendar> = fc.record({
    timeZone: fc.constantFrom(
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Asia/Beirut",
    ),
    changeWindows: fc.array(anyWindow, { maxLength: 3 }),
    freezes: fc.array(anyFreeze, { maxLength: 4 }),
});

function utc(local: string): number {
    return new Date(local.includes("T") ? `${local}Z` : local).getTime();
}
