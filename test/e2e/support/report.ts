const lines: string[] = [];

/** What was measured, for the end of the run. */
export function report(what: string, seconds: number, more = ""): void {
    lines.push(`${what.padEnd(44)} ${seconds.toFixed(1).padStart(7)} s  ${more}`.trimEnd());
}

export function reportTraffic(what: string, seconds: number, reads: number, writes: number): void {
    report(what, seconds, `GitHub: ${reads} reads, ${writes} writes`);
}

export function printReport(): void {
    if (lines.length > 0) {
        console.log(`\n  Measured\n${lines.map((line) => `    ${line}`).join("\n")}\n`);
    }
}
