import assert from "node:assert/strict";

import { type Calendar, closed, localTime } from "../../domain/calendar";

const berlin = "Europe/Berlin";
const office = { cron: "0 9 * * 1-5", window: "8h" };
const christmas = { from: "2026-12-20T18:00", to: "2027-01-02", reason: "Christmas" };

describe("A local time", () => {
    it("is printed with its weekday and its time zone", () => {
        assert.equal(localTime(new Date("2026-12-20T17:00:59Z"), berlin), "Sun 2026-12-20 18:00 Europe/Berlin");
        assert.equal(localTime(new Date("2026-07-01T22:30:00Z"), berlin), "Thu 2026-07-02 00:30 Europe/Berlin");
    });
});

describe("A calendar", () => {
    describe("without change windows and freezes", () => {
        it("is always open", () => {
            assert.equal(at({}, "2026-11-28T03:00:00Z"), undefined);
        });
    });

    describe("with change windows", () => {
        const calendar = { changeWindows: [office] };

        it("is open from the first moment of a window", () => {
            assert.equal(opens(calendar, "2026-11-23T07:59:59.999Z"), "2026-11-23T08:00:00.000Z");
            assert.equal(at(calendar, "2026-11-23T08:00:00Z"), undefined);
        });

        it("is closed from the end of a window", () => {
            assert.equal(at(calendar, "2026-11-23T15:59:59.999Z"), undefined);
            assert.equal(opens(calendar, "2026-11-23T16:00:00Z"), "2026-11-24T08:00:00.000Z");
        });

        it("names the local time, the change windows and the time at which it opens", () => {
            const found = at({ changeWindows: [office, { cron: "0 10 * * 6", window: "1h" }] }, "2026-11-27T16:30:00Z");
            assert.deepEqual(found, {
                kind: "window",
                why:
                    "it is Fri 2026-11-27 17:30 Europe/Berlin, outside every change window (0 9 * * 1-5 for 8h, 0 10 * * 6 for 1h); " +
                    "it opens on Sat 2026-11-28 10:00 Europe/Berlin",
                opens: new Date("2026-11-28T09:00:00Z"),
            });
        });

        it("is open after midnight in a window that began the day before", () => {
            const night = { changeWindows: [{ cron: "0 22 * * 5", window: "4h" }] };
            assert.equal(at(night, "2026-11-28T00:30:00Z"), undefined);
            assert.equal(opens(night, "2026-11-28T01:00:00Z"), "2026-12-04T21:00:00.000Z");
        });

        it("is open if at least one of two overlapping windows is open", () => {
            const two = { changeWindows: [office, { cron: "0 16 * * 1", window: "3h" }] };
            assert.equal(at(two, "2026-11-23T16:30:00Z"), undefined);
            assert.equal(opens(two, "2026-11-23T18:00:00Z"), "2026-11-24T08:00:00.000Z");
        });

        it("never closes if each window is longer than the time to the next one", () => {
            const always = { changeWindows: [{ cron: "0 * * * *", window: "1h30m" }] };
            assert.equal(at(always, "2026-11-23T12:59:59.999Z"), undefined);
            assert.equal(at(always, "2026-11-23T13:45:00Z"), undefined);
        });

        it("never opens if its schedule has no date", () => {
            const found = at({ changeWindows: [{ cron: "0 0 30 2 *", window: "1h" }] }, "2026-11-23T12:00:00Z");
            assert.equal(found?.opens, undefined);
            assert.match(found?.why ?? "", /; it never opens$/);
        });
    });

    describe("with a freeze", () => {
        const calendar = { freezes: [christmas] };

        it("is closed from the start of a freeze to the end of its last day", () => {
            assert.equal(at(calendar, "2026-12-20T16:59:59.999Z"), undefined);
            assert.equal(opens(calendar, "2026-12-20T17:00:00Z"), "2027-01-02T23:00:00.000Z");
            assert.equal(opens(calendar, "2027-01-02T22:59:59.999Z"), "2027-01-02T23:00:00.000Z");
            assert.equal(at(calendar, "2027-01-02T23:00:00Z"), undefined);
        });

        it("opens at the end of a freeze that is given to the minute", () => {
            const until = { freezes: [{ ...christmas, to: "2026-12-21T08:00" }] };
            assert.equal(opens(until, "2026-12-20T20:00:00Z"), "2026-12-21T07:00:00.000Z");
        });

        it("gives the reason of the freeze, even inside a change window", () => {
            const found = at({ changeWindows: [office], freezes: [christmas] }, "2026-12-21T09:00:00Z");
            assert.deepEqual(found, {
                kind: "freeze",
                why:
                    "it is Mon 2026-12-21 10:00 Europe/Berlin, inside the freeze from 2026-12-20T18:00 to 2027-01-02 (Christmas); " +
                    "it opens on Mon 2027-01-04 09:00 Europe/Berlin",
                opens: new Date("2027-01-04T08:00:00Z"),
            });
        });

        it("opens inside a change window if the freeze ends there", () => {
            const both = { changeWindows: [office], freezes: [{ ...christmas, to: "2026-12-21T12:00" }] };
            assert.equal(opens(both, "2026-12-20T20:00:00Z"), "2026-12-21T11:00:00.000Z");
        });

        it("skips a change window that falls into a freeze", () => {
            const both = { changeWindows: [office], freezes: [{ ...christmas, from: "2026-12-18", to: "2026-12-21" }] };
            assert.equal(at(both, "2026-12-17T17:00:00Z")?.kind, "window");
            assert.equal(opens(both, "2026-12-17T17:00:00Z"), "2026-12-22T08:00:00.000Z");
        });

        it("gives the reason of the freeze that ends last", () => {
            const longer = { from: "2026-12-24", to: "2027-01-10", reason: "inventory" };
            const found = at({ freezes: [longer, christmas] }, "2026-12-24T12:00:00Z");
            assert.match(found?.why ?? "", /inventory/);
            assert.deepEqual(found?.opens, new Date("2027-01-10T23:00:00Z"));
        });
    });

    describe("while the clock changes", () => {
        const daily = (cron: string, window: string) => ({ changeWindows: [{ cron, window }] });

        it("opens a window at the same local time", () => {
            assert.equal(opens(daily("0 9 * * *", "1h"), "2026-03-28T12:00:00Z"), "2026-03-29T07:00:00.000Z");
            assert.equal(opens(daily("0 9 * * *", "1h"), "2026-10-24T12:00:00Z"), "2026-10-25T08:00:00.000Z");
        });

        it("keeps the length of a window", () => {
            assert.equal(at(daily("0 0 * * *", "4h"), "2026-03-29T02:59:59.999Z"), undefined);
            assert.equal(at(daily("0 0 * * *", "4h"), "2026-03-29T03:00:00Z")?.kind, "window");
            assert.equal(at(daily("0 0 * * *", "4h"), "2026-10-25T01:59:59.999Z"), undefined);
            assert.equal(at(daily("0 0 * * *", "4h"), "2026-10-25T02:00:00Z")?.kind, "window");
        });

        it("opens a window at a skipped local time after the change, and at a repeated time only once", () => {
            assert.equal(opens(daily("30 2 * * *", "10m"), "2026-03-28T12:00:00Z"), "2026-03-29T01:00:00.000Z");
            assert.equal(opens(daily("30 2 * * *", "10m"), "2026-10-24T12:00:00Z"), "2026-10-25T00:30:00.000Z");
            assert.equal(opens(daily("30 2 * * *", "10m"), "2026-10-25T01:00:00Z"), "2026-10-26T01:30:00.000Z");
        });

        it("begins a freeze at the first and ends it at the second occurrence of a repeated time", () => {
            const freezes = [{ from: "2026-10-25T02:30", to: "2026-10-25T02:45", reason: "clock" }];
            assert.equal(opens({ freezes }, "2026-10-25T00:30:00Z"), "2026-10-25T01:45:00.000Z");
            assert.equal(at({ freezes }, "2026-10-25T00:29:59.999Z"), undefined);
        });

        it("ends a day at the start of the next day, even if that day has no midnight", () => {
            const beirut = {
                timeZone: "Asia/Beirut",
                freezes: [{ from: "2026-03-28", to: "2026-03-28", reason: "x" }],
            };
            assert.equal(opens(beirut, "2026-03-28T12:00:00Z"), "2026-03-28T22:00:00.000Z");
        });
    });
});

function at(calendar: Partial<Calendar>, moment: string) {
    return closed({ timeZone: berlin, changeWindows: [], freezes: [], ...calendar }, new Date(moment));
}

function opens(calendar: Partial<Calendar>, moment: string): string | undefined {
    return at(calendar, moment)?.opens?.toISOString();
}
