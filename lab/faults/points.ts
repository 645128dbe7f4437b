import { existsSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { World } from "./world.ts";

/** The moment a fault strikes, told by what has happened and never by the time: the same one in every run. */
export type Point =
    | {
          readonly kind: "request";
          /** Which request to GitHub, and the how manieth of them. */
          readonly name: string;
          readonly match: { readonly method?: string; readonly path?: string; readonly via?: string };
          readonly nth: number;
      }
    | {
          readonly kind: "resource";
          /** The resource's name in the engine's events. */
          readonly name: string;
          readonly moment: "begins" | "ends";
      };

export function request(name: string, match: Extract<Point, { kind: "request" }>["match"], nth = 1): Point {
    return { kind: "request", name, match, nth };
}

export function resource(name: string, moment: "begins" | "ends" = "begins"): Point {
    return { kind: "resource", name, moment };
}

export function idOf(point: Point): string {
    return point.kind === "request" ? `request-${point.name}-${point.nth}` : `${point.name}-${point.moment}`;
}

/** For people. */
export function describePoint(point: Point): string {
    return point.kind === "request" ? `GitHub's ${ordinal(point.nth)} ${point.name}` : `${point.name} ${point.moment}`;
}

function ordinal(nth: number): string {
    return `${nth}${["th", "st", "nd", "rd"][nth] ?? "th"}`;
}

/** How long an answer of GitHub's is held back while something else is struck. */
const holdMs = 3000;

export interface Watch {
    /** Settles when the point is reached: true, or false when the command has ended without it. */
    readonly reached: Promise<boolean>;
}

/** Starts to look for a point. `ended` says when there is nothing to wait for any more. */
export async function watch(
    world: World,
    point: Point,
    command: { readonly events: string; readonly ended: () => boolean },
): Promise<Watch> {
    if (point.kind === "resource") return { reached: poll(() => hasHappened(command.events, point), command.ended) };
    const { match, nth } = point;
    const isRead = match.via === "git-ssh";
    const hold = isRead ? { delayMs: holdMs } : { answerDelayMs: holdMs };
    const { id } = await world.addFault({ match, skip: nth - 1, times: 1, ...hold });
    const isHeld = async () => {
        const fault = (await world.faults()).find((each) => each.id === id);
        return isRead ? (fault?.struck ?? 0) > 0 : (fault?.done ?? 0) > 0;
    };
    return { reached: poll(isHeld, command.ended) };
}

async function poll(isSo: () => boolean | Promise<boolean>, ended: () => boolean): Promise<boolean> {
    for (;;) {
        const last = ended();
        if (await isSo()) return true;
        if (last) return false;
        await pause(10);
    }
}

interface EngineEvent {
    readonly resourcePreEvent?: { readonly metadata: Metadata };
    readonly resOutputsEvent?: { readonly metadata: Metadata };
}

interface Metadata {
    readonly urn: string;
    readonly op: string;
}

const nothingDone = ["same", "read", "refresh"];

/** Whether the engine has begun or ended something with a resource that changes it. */
function hasHappened(file: string, { name, moment }: Extract<Point, { kind: "resource" }>): boolean {
    return readEvents(file).some((event) => {
        const metadata = (moment === "begins" ? event.resourcePreEvent : event.resOutputsEvent)?.metadata;
        return metadata?.urn.split("::").at(-1) === name && !nothingDone.includes(metadata.op);
    });
}

/** The engine's events so far; it writes one a line, and the last may not be whole. */
export function readEvents(file: string): EngineEvent[] {
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as EngineEvent);
}
