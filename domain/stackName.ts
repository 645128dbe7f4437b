/** The last part of a name such as `organization/project/stack`, which the stack file's name contains. */
export function shortName(stack: string): string {
    return stack.slice(stack.lastIndexOf("/") + 1);
}

/** What comes before the last part, such as `organization/project/`; empty for a bare name. */
export function prefixOf(stack: string): string {
    return stack.slice(0, stack.lastIndexOf("/") + 1);
}

/**
 * The name of another stack, as pulumi accepts it beside a stack that the user named: a bare name belongs to the same
 * organization and project.
 */
export function besideStack(named: string, other: string): string {
    return other.includes("/") ? other : prefixOf(named) + other;
}

/** `organization/project/stack`, with what a shorter name leaves out. */
export function fullName(stack: string, organization: string, project: string): string {
    const parts = stack.split("/");
    return parts.length > 2
        ? stack
        : [...(parts.length === 2 ? [parts[0]] : [organization]), project, parts.at(-1)].join("/");
}
