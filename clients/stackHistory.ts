/** Runs `pulumi` with the arguments and returns its output. Fails with a reason if it cannot. */
export type RunPulumi = (...args: string[]) => Promise<string>;

const pageSize = 100;

/**
 * All updates of a stack, newest first, as `pulumi stack history --json` prints them. The history outlives the stack's
 * resources; only `pulumi stack rm` deletes it. Without `--page`, the command prints only the last ten updates.
 * https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_history/
 */
export async function everyUpdate(run: RunPulumi, stack: string): Promise<readonly unknown[]> {
    const updates: unknown[] = [];
    for (let page = 1; ; page++) {
        const asked = ["--stack", stack, "--page-size", String(pageSize), "--page", String(page)];
        const printed: unknown = JSON.parse(await run("stack", "history", "--json", ...asked));
        if (!Array.isArray(printed)) {
            throw new Error("pulumi stack history did not print a list");
        }
        // A backend may return fewer updates than requested, so only an empty page marks the end.
        if (printed.length === 0) {
            return updates;
        }
        updates.push(...(printed as unknown[]));
    }
}
