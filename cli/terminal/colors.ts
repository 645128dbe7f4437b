import pc from "picocolors";
import type { Colors } from "picocolors/types";

/** Colours for a terminal alone: picocolors would have them in the log of a CI too, where CI is set. */
export function colorsFor(stream: { readonly isTTY?: boolean }): Colors {
    return pc.createColors(pc.isColorSupported && stream.isTTY === true);
}

/** For what no terminal shows. */
export const colorless = pc.createColors(false);
