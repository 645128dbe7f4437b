import { colors } from "../colors.ts";

export type Log = (line: string) => void;

/** Shows that a long build is under way: in place on a terminal, a line every ten seconds elsewhere. */
export class Progress {
    downloaded = 0;
    compiled = 0;
    private readonly start = performance.now();
    private readonly title: string;
    private readonly log: Log;
    private readonly timer: NodeJS.Timeout;

    constructor(names: string[], log: Log = console.error) {
        this.title = names.length > 3 ? `building ${names.length} tools` : `building ${names.join(", ")}`;
        this.log = log;
        const inPlace = process.stderr.isTTY;
        log(`building ${names.join(", ")}`);
        this.timer = setInterval(
            () => {
                if (inPlace) process.stderr.write(`\r\x1b[K${this.line().slice(0, process.stderr.columns - 1)}`);
                else log(this.line());
            },
            inPlace ? 500 : 10_000,
        );
    }

    /** The end, however it went: nothing more is shown. */
    stop(): void {
        clearInterval(this.timer);
        if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
    }

    done(): void {
        this.log(`${colors.green("✓")} ${this.line()}`);
    }

    private line(): string {
        const seconds = Math.round((performance.now() - this.start) / 1000);
        const modules = this.downloaded > 0 ? `${this.downloaded} modules downloaded, ` : "";
        return `${this.title} … ${modules}${this.compiled} packages compiled, ${seconds} s`;
    }
}
