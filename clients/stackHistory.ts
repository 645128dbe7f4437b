/** Runs `pulumi` with these arguments, and gives what it prints. Fails with a reason where it cannot. */
export type RunPulumi = (...args: string[]) => Promise<string>;

const pageSize = 100;

/**
 * Every update of a stack, newest first, as `pulumi stack history --json` prints them. It outlives the stack's resources: only
 * `pulumi stack rm` takes it away. Without a page it gives the last ten.
 * https://www.pulumi.com/docs/iac/cli/commands/pulumi_stack_history/
 */
export async function everyUpdate(run: RunPulumi, stack: string): Promise<readonly unknown[]> {
    const updates: unknown[] = [];
    for (let page = 1; ; page++) {
        const asked = ["--stack", stack, "--page-size", String(pageSize), "--page", String(page)];
        const printed: unknown = JSON.parse(await run("stack", "history", "--json", ...asked));
        if (!Array.isArray(printed)) {
            throw new Error("pulumi stack history printed something else than a list");
        }
        // A backend may give less than it was asked for: only an empty page is the end.
        if (printed.length === 0) {
            return updates;
        }
        updates.push(...(printed as unknown[]));
    }
}
