import type { Colors } from "picocolors/types";

import { type SourceName, sourceNames } from "../../promotion/release";
import { plainTable } from "../table";
import { isHealthy, type SourceStatus, type State } from "./assess";
import type { EnvironmentStatus, NextRelease } from "./gather";

/** Every environment, one below the other, for a terminal. */
export function forTerminal(environments: readonly EnvironmentStatus[], colors: Colors): string {
    return `${environments.map((it) => blockOf(it, colors).join("\n")).join("\n\n")}\n`;
}

function blockOf(it: EnvironmentStatus, colors: Colors): string[] {
    const { stack, cluster, next } = it;
    if ("unknown" in cluster) {
        return [`${colors.red("✗")} ${colors.bold(stack)}  ${colors.red(cluster.unknown)}`, ...nextLines(next, stack)];
    }
    const mark = cluster.healthy ? colors.green("✓") : colors.red("✗");
    const down = cluster.controllers.filter(({ ready }) => !ready).map(({ name }) => name);
    const controllers =
        cluster.controllers.length === 0
            ? colors.red("Flux is not there")
            : down.length === 0
              ? `${cluster.controllers.length} ${cluster.controllers.length === 1 ? "controller" : "controllers"} ready`
              : colors.red(`not ready: ${down.join(", ")}`);
    return [
        `${mark} ${colors.bold(stack)}  Kubernetes ${cluster.kubernetes}, ${controllers}`,
        tableOf(cluster.sources, colors),
        ...sourceNames.flatMap((name) => notesOf(name, cluster.sources[name], colors)),
        ...nextLines(next, stack),
    ];
}

function tableOf(sources: Readonly<Record<SourceName, SourceStatus>>, colors: Colors): string {
    const rows = sourceNames.map((name) => {
        const { wanted, fetched, applied, state, since } = sources[name];
        const wish = wanted.commit === undefined ? wanted.ref : `${wanted.ref}@${wanted.commit.slice(0, 7)}`;
        const when = since === undefined ? "" : colors.dim(` since ${since}`);
        return [name, wish, short(fetched), short(applied), paint(state, colors) + when];
    });
    const head = ["", "wanted", "fetched", "applied", "state"].map((name) => colors.dim(name));
    return plainTable(head, rows, 2);
}

function notesOf(name: SourceName, status: SourceStatus, colors: Colors): string[] {
    const { message, drift, mend } = status;
    const words = [...(message === undefined ? [] : [message]), ...drift];
    return [
        ...words.map((word) => `  ${isHealthy(status) ? "·" : colors.red("!")} ${name}: ${word}`),
        ...(words.length > 0 && mend !== undefined ? [`    mend: ${mend}`] : []),
    ];
}

function nextLines(next: NextRelease | undefined, stack: string): string[] {
    if (next === undefined) {
        return [];
    }
    if ("unknown" in next) {
        return [`  next: not known: ${next.unknown}`];
    }
    if (next.upToDate) {
        return [`  next: nothing, it has what ${next.from} runs`];
    }
    const tags = [...new Set(Object.values(next.tags))].join(", ");
    const [first] = next.refused;
    return first
        ? [`  next: ${tags} from ${next.from}, refused: ${first.refusal ?? first.key}: ${first.expected}`]
        : [`  next: ${tags} from ${next.from}: npm run promote -- ${stack}`];
}

function paint(state: State, colors: Colors): string {
    switch (state) {
        case "ready":
            return colors.green(state);
        case "suspended":
        case "reconciling":
            return colors.yellow(state);
        default:
            return colors.red(state);
    }
}

/** `staging-v1.2.0@abc1234` of `staging-v1.2.0@sha1:abc1234...`. */
function short(revision: string | undefined): string {
    return revision?.replace(/@sha1:([0-9a-f]{7})[0-9a-f]*$/, "@$1") ?? "-";
}
