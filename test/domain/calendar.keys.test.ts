import assert from "node:assert/strict";

import { changeWindowSchema, freezeSchema, timeZoneSchema } from "../../domain/calendar";

const office = { cron: "0 9 * * 1-5", window: "8h" };
const christmas = { from: "2026-12-20T18:00", to: "2027-01-02", reason: "Christmas" };

describe("The settings of a calendar", () => {
    for (const name of ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]) {
        it(`accept the time zone ${name}`, () => {
            assert.equal(timeZoneSchema.parse(name), name);
        });
    }

    for (const name of ["", "Berlin", "Europe/Atlantis", "+01:00", "UTC+1", "Europe/Berlin ", 1]) {
        it(`refuse the time zone ${JSON.stringify(name)}`, () => {
            assert.match(messages(timeZoneSchema.safeParse(name)), /IANA time zone, such as Europe\/Berlin/);
        });
    }

    for (const cron of ["0 9 * * 1-5", "*/15 8-17 * jan-mar mon-fri", "0 9 L * *", "0 0 29 2 *"]) {
        it(`accept the schedule ${cron}`, () => {
            assert.equal(changeWindowSchema.parse({ cron, window: "8h" }).cron, cron);
        });
    }

    for (const cron of [
        "",
        "0 9 * *",
        "0 0 9 * * *",
        "@daily",
        "? 9 * * *",
        "0 25 * * *",
        "0 0 30 2 *",
        "0 9 * * 8",
        9,
    ]) {
        it(`refuse the schedule ${JSON.stringify(cron)}`, () => {
            assert.match(
                messages(changeWindowSchema.safeParse({ cron, window: "8h" })),
                /^cron: expected the five fields/,
            );
        });
    }

    for (const window of ["1m", "8h", "1h30m", "90m", "8760h"]) {
        it(`accept the window ${window}`, () => {
            assert.equal(changeWindowSchema.parse({ ...office, window }).window, window);
        });
    }

    for (const window of [
        "",
        "0m",
        "0h0m",
        "30s",
        "8",
        "1d",
        "-1h",
        "1.5h",
        "30m1h",
        "8761h",
        "9999999999999999h",
        8,
    ]) {
        it(`refuse the window ${JSON.stringify(window)}`, () => {
            assert.match(messages(changeWindowSchema.safeParse({ ...office, window })), /^window: expected a duration/);
        });
    }

    for (const [from, to] of [
        ["2026-12-20", "2026-12-20"],
        ["2026-12-20", "2026-12-20T00:01"],
        ["2026-12-20T18:00", "2026-12-20"],
        ["2026-12-20T18:00:00", "2027-01-02T06:00:30"],
    ] as const) {
        it(`accept a freeze from ${from} to ${to}`, () => {
            assert.deepEqual(freezeSchema.parse({ from, to, reason: "Christmas" }), { from, to, reason: "Christmas" });
        });
    }

    it("accept a date that Pulumi has converted to a timestamp", () => {
        const read = {
            from: "2026-12-20 00:00:00 +0000 UTC",
            to: "2027-01-02 00:00:00 +0000 UTC",
            reason: "Christmas",
        };
        assert.deepEqual(freezeSchema.parse(read), { from: "2026-12-20", to: "2027-01-02", reason: "Christmas" });
    });

    for (const time of [
        "",
        "tomorrow",
        "20.12.2026",
        "2026-02-29",
        "2026-13-01",
        "2026-12-20T24:00",
        "2026-12-20T18",
        "2026-12-20 18:00",
        "2026-12-20 18:00:00 +0000 UTC",
        "2026-12-20T18:00Z",
        "2026-12-20T18:00+01:00",
        20261220,
    ]) {
        it(`refuse a freeze that begins or ends at ${JSON.stringify(time)}`, () => {
            const says = (key: string) => new RegExp(`^${key}: expected a local date or time`);
            assert.match(messages(freezeSchema.safeParse({ ...christmas, from: time })), says("from"));
            assert.match(messages(freezeSchema.safeParse({ ...christmas, to: time })), says("to"));
        });
    }

    for (const [from, to] of [
        ["2026-12-21", "2026-12-20"],
        ["2026-12-20T18:00", "2026-12-20T18:00"],
        ["2026-12-20", "2026-12-20T00:00"],
        ["2026-12-21T00:00", "2026-12-20"],
    ] as const) {
        it(`refuse a freeze that ends before it begins, from ${from} to ${to}`, () => {
            const found = messages(freezeSchema.safeParse({ from, to, reason: "Christmas" }));
            assert.equal(found, "to: expected a time later than from");
        });
    }

    for (const reason of ["", "  ", undefined]) {
        it(`refuse a freeze with the reason ${JSON.stringify(reason)}`, () => {
            const found = messages(freezeSchema.safeParse({ ...christmas, reason }));
            assert.equal(found, "reason: expected the reason for the freeze");
        });
    }

    it("refuse an unknown key", () => {
        assert.match(messages(changeWindowSchema.safeParse({ ...office, timeZone: "UTC" })), /timeZone/);
        assert.match(messages(freezeSchema.safeParse({ ...christmas, why: "x" })), /why/);
    });
});

function messages(result: {
    error?: { issues: readonly { path: PropertyKey[]; message: string }[] } | undefined;
}): string {
    return (result.error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n");
}
