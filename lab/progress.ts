import { colors } from "./colors.ts";

/** Lines for the person at the terminal, on standard error. */
export function say(line: string): void {
    process.stderr.write(`${line}\n`);
}

/** Names a step when it begins to take long, and says how long it took if it changed anything. */
export async function step<T>(title: string, work: () => Promise<{ value: T; changed: boolean }>): Promise<T> {
    const start = performance.now();
    const notice = setTimeout(() => {
        say(`${colors.dim("…")} ${title}`);
    }, 500);
    try {
        const { value, changed } = await work();
        const seconds = ((performance.now() - start) / 1000).toFixed(1);
        if (changed) say(`${colors.green("✓")} ${title} ${colors.dim(`${seconds} s`)}`);
        return value;
    } finally {
        clearTimeout(notice);
    }
}
