import pc from "picocolors";
import type { Colors } from "picocolors/types";

/** Colors for a terminal only. By default, picocolors also uses colors in the log of a CI run, if `CI` is set. */
export function colorsFor(stream: { readonly isTTY?: boolean }): Colors {
    return pc.createColors(pc.isColorSupported && stream.isTTY === true);
}

/** No colors, for output that is not shown in a terminal. */
export const colorless = pc.createColors(false);
