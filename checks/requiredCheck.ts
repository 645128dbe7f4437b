import { parse } from "yaml";

import type { GitHub, RepositoryName } from "../clients/github";
import { checksOn } from "../clients/repositoryFacts";
import { fileIn, namesIn } from "../clients/contents";

interface Wanted {
    readonly branch: string;
    /** The name of the check. */
    readonly name: string;
    readonly isFork: boolean;
}

interface Workflow {
    readonly on?: unknown;
    readonly jobs?: Readonly<Record<string, { readonly name?: unknown; readonly uses?: unknown }>>;
}

/**
 * Whether pull requests of a repository get a check of this name: a workflow on the branch has such a job, or something
 * has reported it there. A required check that nothing reports would block every pull request.
 */
export async function checkThatReports(github: GitHub, at: RepositoryName, wanted: Wanted): Promise<boolean> {
    const { branch, name, isFork } = wanted;
    // GitHub disables the workflows of a fork until somebody enables them.
    if (!isFork && (await workflows(github, at, branch)).some((text) => reports(text, name))) {
        return true;
    }
    return (await checksOn(github.octokit, at, branch)).includes(name);
}

const folder = ".github/workflows";

async function workflows({ octokit }: GitHub, at: RepositoryName, branch: string): Promise<readonly string[]> {
    const names = (await namesIn(octokit, at, { path: folder, ref: branch })) ?? [];
    const files = names.filter((name) => /\.ya?ml$/.test(name));
    const texts = await Promise.all(
        files.map((name) => fileIn(octokit, at, { path: `${folder}/${name}`, ref: branch })),
    );
    return texts.filter((text) => text !== undefined);
}

/** Whether a workflow runs for pull requests and has a job whose check has this name. */
export function reports(text: string, name: string): boolean {
    const { on, jobs = {} } = workflowOf(text);
    const events = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on ?? {});
    return (
        events.some((event) => event === "pull_request" || event === "pull_request_target") &&
        // The check of a called workflow has both names: https://docs.github.com/en/actions/how-tos/reuse-automations
        Object.entries(jobs).some(([id, job]) => job.uses === undefined && (job.name ?? id) === name)
    );
}

function workflowOf(text: string): Workflow {
    try {
        // YAML 1.1 would read the key `on` as true; this parser reads 1.2.
        return (parse(text) as Workflow | null) ?? {};
    } catch {
        return {};
    }
}
