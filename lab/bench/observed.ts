import { constants, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { shell } from "../shell.ts";
import { workDirectory } from "./support.ts";

const end = "end";

interface Metadata {
    readonly metadata: { readonly op: string; readonly urn: string; readonly type: string };
}

/** An engine event (https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go), as far as it is read here. */
export interface EngineEvent {
    readonly preludeEvent?: object;
    readonly resourcePreEvent?: Metadata;
    readonly resOutputsEvent?: Metadata;
    readonly summaryEvent?: object;
    /** Seconds from the command's start to when the engine said so. */
    readonly at: number;
}

export interface Observed {
    readonly events: readonly EngineEvent[];
    readonly seconds: number;
}

/**
 * Runs a pulumi command and notes when each of its events came. The log's own timestamps are whole seconds, so it is
 * written into a pipe, and the time is taken where it is read.
 */
export async function observed(command: string): Promise<Observed> {
    mkdirSync(workDirectory, { recursive: true });
    const pipe = join(workDirectory, "events");
    rmSync(pipe, { force: true });
    await execa("mkfifo", [pipe]);
    const start = performance.now();
    const seconds = () => (performance.now() - start) / 1000;
    const events: EngineEvent[] = [];
    // Both ends are held here: it opens at once, and does not end before what follows the last event has been read.
    const both = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const input = new Socket({ fd: both, readable: true, writable: false });
    const read = (async () => {
        for await (const line of createInterface({ input })) {
            if (line === end) return;
            events.push({ ...(JSON.parse(line) as EngineEvent), at: seconds() });
        }
    })();
    try {
        await shell(`PULUMI_DEBUG_COMMANDS=true ${command} --event-log ${pipe}`);
        const taken = seconds();
        writeSync(both, `${end}\n`);
        await read;
        return { events, seconds: taken };
    } finally {
        input.destroy();
        rmSync(pipe, { force: true });
    }
}
