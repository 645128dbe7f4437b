import { CommandError, exitCodes } from "../terminal/exit";
import { findDrift } from "./drift";
import { closeIssue, openIssue, type Project, projectOf, writeComment } from "./github";
import { previewAll, type Report } from "./preview";

const marker = "<!-- fluxcd: preview of all stacks -->";
const label = "drift";

interface Stacks {
    /** The stacks of the report; all that have a file here if it is empty. */
    readonly stack: readonly string[];
}

/** Previews all stacks. */
export async function preview({
    pullRequest,
    stack,
    parallel,
}: Stacks & { readonly pullRequest?: number; readonly parallel: number }): Promise<void> {
    // Fails early: the previews take minutes.
    const project = pullRequest === undefined ? undefined : projectOf(process.env);
    const report = await previewAll(stack, parallel);
    if (project && pullRequest !== undefined) {
        console.log(await writeComment(project, pullRequest, { marker, body: report.markdown }));
    }
    printWithout(project, report);
    if (report.failed) {
        throw new CommandError(exitCodes.failed, "A preview failed.");
    }
}

/** Looks for drift and expiring credentials in all stacks. */
export async function drift({ issue, stack }: Stacks & { readonly issue?: true }): Promise<void> {
    const project = issue ? projectOf(process.env) : undefined;
    const report = await findDrift(new Date(), stack);
    if (project && report.failed) {
        console.log(await openIssue(project, { label, title: "Drift", body: report.markdown }));
    } else if (project) {
        await closeIssue(project, label, report.markdown);
    }
    printWithout(project, report);
    if (report.failed) {
        throw new CommandError(exitCodes.failed, "Something has drifted, or a credential expires soon.");
    }
}

function printWithout(project: Project | undefined, { markdown }: Report): void {
    if (!project) {
        console.log(markdown);
    }
}
