import type { Colors } from "picocolors/types";

import { plainTable } from "../terminal/table";
import type { Assessment, ObjectStatus, State } from "./assess";
import type { Credential } from "./credentials";
import { type EnvironmentStatus, isHealthy, type NextRelease } from "./gather";
import { namesOf, wayFor } from "./overview";
import { ago, controllerWords, credentialWords, objectsOf, shortRevision, wish, wordsOf } from "./words";

/** The most environments that a terminal shows in detail; of more, it shows those that are not healthy. */
const mostInDetail = 6;

/** All environments as text for a terminal: an overview of two or more, then the details. */
export function forTerminal(environments: readonly EnvironmentStatus[], colors: Colors, now: Date): string {
    const shown = environments.length > mostInDetail ? environments.filter((it) => !isHealthy(it)) : environments;
    const left = environments.filter((it) => !shown.includes(it));
    const [first] = left;
    const blocks = [
        ...(environments.length > 1 ? [wayFor(environments, colors, now)] : []),
        ...shown.map((it) => blockOf(it, colors, now).join("\n")),
        ...(first ? [`Healthy: ${namesOf(left)}. Details: npx fluxcd status --stack ${first.stack}`] : []),
    ];
    return `${blocks.join("\n\n")}\n`;
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
        tableOf(cluster, colors, now),
        ...objectsOf(cluster).flatMap(([name, status]) => notesOf(name, status, colors)),
        ...rest,
    ];
}

function tableOf(cluster: Assessment, colors: Colors, now: Date): string {
    const rows = objectsOf(cluster).map(([name, { kind, wanted, revision, state, since }]) => {
        const when = since === undefined ? "" : colors.dim(`, ${ago(since, now)}`);
        return [kind, name, shortRevision(wish(wanted)), shortRevision(revision), paint(state, colors) + when];
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
