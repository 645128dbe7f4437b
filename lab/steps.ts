import { colors } from "./colors.ts";
import { say } from "./progress.ts";

const heartbeatMs = { terminal: 500, plain: 5000 };

/** The demo's steps, each shown while it runs and timed for the table at the end. */
export class Steps {
    readonly taken: { readonly title: string; readonly seconds: number }[] = [];

    async run<T>(title: string, work: (progress: (detail: string) => void) => Promise<T>): Promise<T> {
        const start = performance.now();
        const seconds = () => (performance.now() - start) / 1000;
        let detail = "";
        const inPlace = process.stderr.isTTY;
        const show = () => {
            const line = `… ${title} ${seconds().toFixed(0)} s ${detail}`;
            if (inPlace) process.stderr.write(`\r\x1b[K${line.slice(0, process.stderr.columns - 1)}`);
            else say(line);
        };
        const heartbeat = setInterval(show, inPlace ? heartbeatMs.terminal : heartbeatMs.plain);
        try {
            const value = await work((text) => (detail = text));
            this.taken.push({ title, seconds: seconds() });
            clearInterval(heartbeat);
            if (inPlace) process.stderr.write("\r\x1b[K");
            say(`${colors.green("✓")} ${title} ${colors.dim(`${seconds().toFixed(1)} s`)}`);
            return value;
        } finally {
            clearInterval(heartbeat);
        }
    }
}
