import type { Colors } from "picocolors/types";

import { plainTable } from "../terminal/table";
import type { Assessment, ObjectStatus, State } from "./assess";
import type { Credential } from "./credentials";
import { type EnvironmentStatus, isHealthy, type NextRelease } from "./gather";
import { controllerWords, credentialWords, objectsOf, wish, wordsOf } from "./words";

/** All environments as text for a terminal. */
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
    if (cluster.controllers.length === 0) {
        const head = `${mark} ${colors.bold(stack)}  Kubernetes ${cluster.kubernetes}, ${colors.red(words)}`;
        return [head, ...fixLines(`pulumi up --stack ${stack}`), ...rest];
    }
    return [
        `${mark} ${colors.bold(stack)}  Kubernetes ${cluster.kubernetes}, ${good ? words : colors.red(words)}`,
        tableOf(cluster, colors),
        ...objectsOf(cluster).flatMap(([name, status]) => notesOf(name, status, colors)),
        ...rest,
    ];
}

function tableOf(cluster: Assessment, colors: Colors): string {
    const rows = objectsOf(cluster).map(([name, { kind, wanted, revision, state, since }]) => {
        const when = since === undefined ? "" : colors.dim(` since ${since}`);
        return [kind, name, short(wish(wanted)), short(revision), paint(state, colors) + when];
    });
    const head = ["", "", "wanted", "revision", "state"].map((name) => colors.dim(name));
    return plainTable(head, rows, 2);
}

function notesOf(name: string, status: ObjectStatus, colors: Colors): string[] {
    const words = wordsOf(status);
    const mark = status.inOrder ? "·" : colors.red("!");
    const { kind, fix, unknownHealth } = status;
    return [
        ...words.map((word) => `  ${mark} ${kind} ${name}: ${word}`),
        ...(words.length > 0 ? fixLines(fix) : []),
        ...(unknownHealth ? [`  ${colors.yellow("!")} ${kind} ${name}: ${unknownHealth.message}`] : []),
        ...fixLines(unknownHealth?.fix),
    ];
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
        return [`  next: unknown: ${next.unknown}`];
    }
    if (next.upToDate) {
        return [`  next: nothing, it already has the release of ${next.from}`];
    }
    const tags = [...new Set(Object.values(next.tags))].join(", ");
    const [first] = next.refused;
    return first
        ? [`  next: ${tags} from ${next.from}, refused: ${first.refusal ?? first.key}: ${first.expected}`]
        : [`  next: ${tags} from ${next.from}: npx fluxcd promote ${stack}`];
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

/** Shortens `staging-v1.2.0@sha1:abc1234...` to `staging-v1.2.0@abc1234`, and `sha1:abc1234...` to `abc1234`. */
function short(revision: string | undefined): string {
    return revision?.replace(/(^|@)sha1:([0-9a-f]{7})[0-9a-f]*$/, "$1$2") ?? "-";
}
