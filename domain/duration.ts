import { z } from "zod";

/** A Go duration without fractions, as Flux and kubectl accept it. */
export const duration = z
    .string()
    .regex(
        /^(?=\d)(\d+h)?(\d+m)?(\d+s)?$/,
        "expected a duration in hours, minutes and seconds, such as 30s, 5m or 1h30m",
    );

/** The number of seconds in a duration such as `1h30m`. */
export function seconds(text: string): number {
    const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };
    return [...text.matchAll(/(\d+)([hms])/g)].reduce(
        (total, [, count, unit]) => total + Number(count) * (units[unit ?? ""] ?? 0),
        0,
    );
}
