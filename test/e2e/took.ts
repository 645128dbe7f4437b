/** The line that says how long a spec took, as one process writes it and another reads it. */
export function tookLine(spec: string, seconds: number): string {
    return `  ${spec} took ${seconds.toFixed(0)} s`;
}

export function readTook(line: string): { readonly spec: string; readonly seconds: number } | undefined {
    const { spec, seconds } = /^ {2}(?<spec>\d\d-\S+) took (?<seconds>\d+) s$/.exec(line)?.groups ?? {};
    return spec === undefined ? undefined : { spec, seconds: Number(seconds) };
}
