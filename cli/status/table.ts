import type { Colors } from "picocolors/types";

import { type SourceName, sourceNames } from "../../domain/release";
import { plainTable } from "../terminal/table";
import { isInOrder, type SourceStatus, type State } from "./assess";
import type { Credential } from "./credentials";
import { type EnvironmentStatus, isHealthy, type NextRelease } from "./gather";
import type { FurtherStatus } from "./further";
import { controllerWords, credentialWords, driftWords, wordsOf } from "./words";

/** Every environment, one below the other, for a terminal. */
export function forTerminal(environments: readonly EnvironmentStatus[], colors: Colors, now: Date): string {
    return `${environments.map((it) => blockOf(it, colors, now).join("\n")).join("\n\n")}\n`;
}

function blockOf(it: EnvironmentStatus, colors: Colors, now: Date): string[] {
    const { stack, cluster, credentials, next } = it;
    const mark = isHealthy(it) ? colors.green("✓") : colors.red("✗");
    const rest = [
        ...credentials.flatMap((credential) => credentialLines(credential, colors, now)),
        ...nextLines(next, stack),
    ];
    if ("unknown" in cluster) {
        return [`${mark} ${colors.bold(stack)}  ${colors.red(cluster.unknown)}`, ...rest];
    }
    const { words, good } = controllerWords(cluster.controllers);
    return [
        `${mark} ${colors.bold(stack)}  Kubernetes ${cluster.kubernetes}, ${good ? words : colors.red(words)}`,
        tableOf(cluster.sources, colors),
        ...sourceNames.flatMap((name) => notesOf(name, cluster.sources[name], colors)),
        ...furtherLines(cluster.further, colors),
        ...rest,
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
    const { message, why, drift, fix } = status;
    const words = [...wordsOf(message, why), ...drift.map(driftWords)];
    return [
        ...words.map((word) => `  ${isInOrder(status) ? "·" : colors.red("!")} ${name}: ${word}`),
        ...(words.length > 0 ? fixLines(fix) : []),
    ];
}

function furtherLines(further: readonly FurtherStatus[], colors: Colors): string[] {
    const rows = further.map(({ kind, name, wanted, revision, state, since }) => {
        const when = since === undefined ? "" : colors.dim(` since ${since}`);
        return [kind, name, wanted, short(revision), paint(state, colors) + when];
    });
    const notes = further.flatMap(({ name, inOrder, message, why, fix }) => [
        ...wordsOf(message, why).map((word) => `  ${inOrder ? "·" : colors.red("!")} ${name}: ${word}`),
        ...fixLines(fix),
    ]);
    const head = ["further", "", "wanted", "revision", "state"].map((name) => colors.dim(name));
    return rows.length === 0 ? [] : [plainTable(head, rows, 2), ...notes];
}

function credentialLines(credential: Credential, colors: Colors, now: Date): string[] {
    const marks = { good: "·", unknown: "·", ending: colors.yellow("!"), ended: colors.red("!") };
    const { name, state, fix } = credential;
    return [`  ${marks[state]} ${name}: ${credentialWords(credential, now)}`, ...fixLines(fix)];
}

function fixLines(fix: string | undefined): string[] {
    return fix === undefined ? [] : [`    fix: ${fix}`];
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
