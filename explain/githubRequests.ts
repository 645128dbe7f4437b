/** The parts of an address of GitHub's API or of a repository. */
interface Address {
    /** The address of GitHub's pages, such as `https://github.com`. */
    readonly site: string;
    readonly owner: string;
    /** Undefined for an address of an organization. */
    readonly repository: string | undefined;
}

const ofRepository = /(https?:\/\/[^/\s"]+)\/(?:api\/v3\/)?(?:repos\/)?([\w-]+)\/([\w.-]+?)(?:\.git)?(?=[/\s:?"#]|$)/g;
const ofOrganization = /(https?:\/\/[^/\s"]+)\/(?:api\/v3\/)?orgs\/([\w-]+)/;

/** What an error's text says of the object that was asked about; undefined if it has no such address. */
function addressIn(error: string): Address | undefined {
    const [, organizationSite, organization] = ofOrganization.exec(error) ?? [];
    if (organizationSite !== undefined && organization !== undefined) {
        return { site: pagesOf(organizationSite), owner: organization, repository: undefined };
    }
    const found = [...error.matchAll(ofRepository)].find(
        ([, site = "", owner = ""]) => !site.endsWith("//docs.github.com") && !["user", "api", "orgs"].includes(owner),
    );
    const [, site, owner, repository] = found ?? [];
    return site === undefined || owner === undefined ? undefined : { site: pagesOf(site), owner, repository };
}

function pagesOf(site: string): string {
    return site.replace("//api.", "//");
}

/** The repository in an error's text as `owner/name`; a place for it if the text has none. */
export function repositoryIn(error: string): string {
    const { owner, repository } = addressIn(error) ?? {};
    return owner === undefined || repository === undefined ? "<owner>/<repository>" : `${owner}/${repository}`;
}

/** A page of a repository, or the way to it. */
export function repositoryPage(error: string, page: string, inWords: string): string {
    const { site, owner, repository } = addressIn(error) ?? {};
    return site === undefined || owner === undefined || repository === undefined
        ? `the repository's page under ${inWords}`
        : `${site}/${owner}/${repository}/${page}`;
}

/** A page of an organization's settings, or the way to it. */
export function settingsPage(error: string, page: string, inWords: string): string {
    const { site, owner } = addressIn(error) ?? {};
    return site === undefined || owner === undefined
        ? `the organization's settings under ${inWords}`
        : `${site}/organizations/${owner}/settings/${page}`;
}
