import pc from "picocolors";

const stderr: { readonly isTTY?: boolean } = process.stderr;

/** Colours where standard error is a terminal: picocolors would have them in the log of a CI too. */
export const colors = pc.createColors(pc.isColorSupported && stderr.isTTY === true);
