const quietForMs = 2000;

/** Waits for a step, and reports it on stderr if it takes longer than two seconds. */
export async function step<T>(what: string, work: Promise<T>): Promise<T> {
    const start = performance.now();
    const timer = setTimeout(() => process.stderr.write(`… ${what}\n`), quietForMs);
    try {
        const result = await work;
        const took = performance.now() - start;
        if (took >= quietForMs) {
            process.stderr.write(`✓ ${what} ${(took / 1000).toFixed(1)} s\n`);
        }
        return result;
    } finally {
        clearTimeout(timer);
    }
}
