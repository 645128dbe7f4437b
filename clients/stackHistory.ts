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
    const known = new Set<string>();
    for (let page = 1; ; page++) {
        const asked = ["--stack", stack, "--page-size", String(pageSize), "--page", String(page)];
        const printed: unknown = JSON.parse(await run("stack", "history", "--json", ...asked));
        if (!Array.isArray(printed)) {
            throw new Error("pulumi stack history did not print a list");
        }
        // An update that ends between two pages moves the others on, so that the next page begins with a known one.
        const others = (printed as unknown[]).filter((update) => !known.has(JSON.stringify(update)));
        // A backend may return fewer updates than requested, so only a page without other ones marks the end.
        if (others.length === 0) {
            return updates;
        }
        updates.push(...others);
        others.forEach((update) => known.add(JSON.stringify(update)));
    }
}
