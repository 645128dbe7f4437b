import confirm from "@inquirer/confirm";

import { commitIn } from "../../domain/release";
import { colorsFor } from "../terminal/colors";
import { CommandError, exitCodes, wrongUsage } from "../terminal/exit";
import type { Options } from "../terminal/options";
import { printJson } from "../terminal/json";
import { step } from "../terminal/progress";
import { readEdit } from "./editFile";
import { openPullRequest, placeOf } from "./pullRequest";
import { forPeople, titleOf } from "./report";
import { asJson, type Outcome } from "./reportJson";
import { writeStackFile } from "../tools/stackFile";
import { authorOf, makeTag } from "./tags";
import { isDone, type Plan, refuseWhere, sourceOf, type Stack } from "./plan";
import type { Upstream } from "./upstream";

/**
 * Shows a plan, asks for confirmation, and carries it out: first the tags, then the stack file or pull request. Can be
 * repeated.
 */
export async function carryOut(stack: Stack, plan: Plan, options: Options, upstream?: Upstream): Promise<void> {
    const say = (text: string) => {
        if (!options.json) {
            process.stdout.write(`${text}\n`);
        }
    };
    const finish = (outcome: Outcome) => {
        if (options.json) {
            printJson(asJson(plan.report, outcome));
        }
    };
    const { then } = plan;
    const nothing: Outcome = { made: [], edited: undefined, pullRequest: undefined, next: undefined, then };
    const up = `pulumi up --stack ${stack.name}`;
    const next = then === undefined ? up : `${up}\nThen: ${then}`;

    if (isDone(plan)) {
        say(nothingToDo(plan));
        finish(nothing);
        return;
    }
    say(`${forPeople(plan.report, colorsFor(process.stdout), process.stdout.isTTY)}\n`);
    const stopIf = (where: (plan: Plan) => void) => {
        try {
            where(plan);
        } catch (error) {
            finish(nothing);
            throw error instanceof CommandError ? error.asReported() : error;
        }
    };
    stopIf(refuseWhere);
    const file = `Pulumi.${stack.config.stack}.yaml`;
    const edit = readEdit(stack, plan.edits);
    // A tag never moves, so nothing may fail after it that can be known before.
    const place = options.pr ? await placeOf(file, stack.config.github.baseUrl) : undefined;
    if (isReady(plan) && !options.pr) {
        say(`The tags exist, and ${file} already has them.\n\nNext: ${next}`);
        finish({ ...nothing, next: up });
        return;
    }
    if (options.dryRun) {
        say("This was a dry run: nothing was changed.");
        finish(nothing);
        return;
    }
    if (options.yes) {
        stopIf(refuseUnseen);
    } else {
        await ask(plan, file, options);
    }

    const made = await makeTags(stack, plan, upstream, say);
    if (place) {
        const url = await step("Opening the pull request", openPullRequest(stack, plan, place));
        say(
            url === undefined
                ? `The default branch already has this change.\n\nNext: ${next}`
                : `${url}\n\nNext: merge it, then ${next}`,
        );
        finish({ ...nothing, made, pullRequest: url, next: up });
        return;
    }
    if (edit.before !== edit.after) {
        writeStackFile(file, edit.before, edit.after);
        say(`Edited ${file}.`);
    }
    say(`\nNext: ${next}`);
    finish({ ...nothing, made, edited: file, next: up });
}

/** Whether tags and stack file are ready, so that only the update of the stack is left. */
function isReady({ missing, edits }: Plan): boolean {
    return Object.keys(missing).length === 0 && Object.keys(edits).length === 0;
}

function nothingToDo({ report }: Plan): string {
    const tags = Object.entries(report.sources).map(([name, { to }]) => `${name} ${to.tag}`);
    return `Nothing to do: stack ${report.stack} is already pinned to ${tags.join(" and ")}.`;
}

async function ask(plan: Plan, file: string, { json, pr }: Options): Promise<void> {
    if (!process.stdin.isTTY || !process.stderr.isTTY) {
        throw wrongUsage(
            "There is no terminal for the confirmation: add --yes to continue, or --dry-run to only show the plan.",
        );
    }
    const tags = Object.keys(plan.missing).length > 0 ? "make the tags and " : "";
    const message = `${titleOf(plan.report)}: ${tags}${pr ? "open a pull request" : `edit ${file}`}?`;
    // With --json, stdout is only for data.
    const output = json ? process.stderr : process.stdout;
    if (!(await confirm({ message, default: false }, { output }))) {
        throw new CommandError(exitCodes.failed, "Nothing was changed.");
    }
}

/** Nobody has seen that an overlay does not build. Flux builds it by the same rules. */
function refuseUnseen({ report: { sources, stack } }: Plan): void {
    const broken = Object.entries(sources).filter(([, { diff }]) => diff?.isBroken);
    const problems = broken.map(([name, { to, overlay }]) => ({
        key: `fluxcd:sources.${name}.tag`,
        value: to.tag,
        expected: `${overlay} does not build here, and --yes skips the question whether to go on`,
        fix: "correct the overlay, or repeat the command with --no-diff",
    }));
    if (problems.length > 0) {
        throw new CommandError(
            exitCodes.failed,
            `Stack ${stack} does not take this release unseen. Nothing was changed.`,
            problems,
        );
    }
}

async function makeTags(
    stack: Stack,
    { missing, report }: Plan,
    upstream: Upstream | undefined,
    say: (text: string) => void,
): Promise<Outcome["made"]> {
    if (Object.keys(missing).length === 0) {
        return [];
    }
    const { github, config, family } = stack;
    const author = await authorOf(github);
    const made: Outcome["made"][number][] = [];
    // One after the other, as GitHub requires for writes.
    for (const [source, release] of Object.entries(missing)) {
        const { repository } = sourceOf(stack, source);
        const runs = upstream?.runs[source];
        // The upstream stack may have taken a newer release since this version was requested.
        const from =
            runs && commitIn(runs.revision) === release.commit
                ? `Promoted from ${upstream.stack}, which runs ${runs.revision}.`
                : `Released to ${config.stack} at ${release.commit}.`;
        const message = [
            `${titleOf(report)} (${source})`,
            "",
            from,
            ...(release.exemption ? [`${release.exemption.kind}: ${release.exemption.reason}`] : []),
            `By ${author.words}.`,
            "",
        ].join("\n");
        const tag = { source, repository, release, message, author, stack: config.stack, commitOf: family.commitOf };
        if (await step(`Making ${release.tag} in ${repository}`, makeTag(github, tag))) {
            made.push(source);
            say(`Made the tag ${release.tag} in ${config.github.owner}/${repository}.`);
        }
    }
    return made;
}
