import { shortName } from "../../domain/stackName";

/** https://www.pulumi.com/docs/iac/cli/commands/pulumi_org_set-default/ */
export const setDefault = "pulumi org set-default";

/**
 * The fix for a name that pulumi does not find. A bare name belongs to the default organization, so a new stack of this
 * name could be a second one beside the stack of another organization.
 */
export function missingStackFix(stack: string, known: readonly string[]): string {
    const elsewhere = known.filter((name) => name !== stack && shortName(name) === shortName(stack));
    const [first] = elsewhere;
    if (first !== undefined && !stack.includes("/")) {
        const [organization = ""] = first.split("/");
        return `${setDefault} ${organization}   (for ${elsewhere.join(" or ")}; or give this full name)`;
    }
    if (first !== undefined) {
        return `give the name of an existing stack: ${elsewhere.join(" or ")}   (pulumi stack ls lists all)`;
    }
    const init = `pulumi stack init ${stack} --no-select`;
    return stack.includes("/")
        ? `${init}   (or list the names with pulumi stack ls)`
        : `${init}   (but first, if it belongs to another organization than the default one: ${setDefault} <organization>, or give the name as <organization>/${stack}; pulumi stack ls lists the names)`;
}
