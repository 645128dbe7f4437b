import type { Config } from "../../config/parse";
import { environmentProblem } from "../../config/token";
import { isSoon } from "../../checks/credentials";
import { GitHub, type Owner } from "../../clients/github";
import { octokitOf, orUndefined } from "../../clients/octokit";
import { lookAtGitHub } from "../../checks/repositories";
import { sourceNames } from "../../domain/release";
import { permitted } from "../release/permission";
import { missingToken } from "../release/stack";
import { endOf } from "../status/words";
import { type Check, failed, guarded, ok, problemCheck, skipped, warning } from "./check";

const again = "run it again; https://www.githubstatus.com says whether GitHub is up";

/** The token, the owner and the repositories, as an update would meet them. */
export async function lookAtAccess(config: Config, token: string): Promise<readonly Check[]> {
    const problem = token === "" ? missingToken : environmentProblem({ GITHUB_TOKEN: token });
    if (problem) {
        const owner = skipped(`owner ${config.github.owner}`, "not looked at without a token");
        return [problemCheck(problem), owner];
    }
    const github = new GitHub(config.github, token);
    const { problems } = await lookAtGitHub(config, github);
    // Whatever keeps GitHub from an answer keeps it from the next one too.
    if (problems.some(({ key, expected }) => key === "GITHUB_TOKEN" || expected.startsWith("GitHub did not answer"))) {
        return problems.map((problem) => problemCheck(problem));
    }
    const [owner, administers] = await Promise.all([
        guarded(`owner ${config.github.owner}`, again, ownerChecks(config, github, token)),
        guarded("deploy keys", again, administrationChecks(config, github)),
    ]);
    // Which release or repository is not there yet is for the steps that make it, and no fault of the set-up.
    const isLater = (key: string) => /^fluxcd:(repositories|(infrastructure|apps)\.(tag|branch))$/.test(key);
    return [
        ...tokenChecks(config, github, token),
        ...owner,
        ...administers,
        ...problems.map((problem) => problemCheck(problem, isLater(problem.key) ? "warning" : "failed")),
    ];
}

/** https://github.blog/engineering/behind-githubs-new-authentication-token-formats/ */
const kinds: readonly (readonly [prefix: string, kind: string])[] = [
    ["github_pat_", "a fine-grained token"],
    ["gho_", "an OAuth token, as of gh auth login"],
    ["ghu_", "a user's token of a GitHub App"],
    ["ghs_", "a token of a GitHub App's installation"],
];

function tokenChecks(config: Config, { tokenScopes, tokenExpires }: GitHub, token: string): Check[] {
    const about = "GITHUB_TOKEN";
    const kind = kinds.find(([prefix]) => token.startsWith(prefix))?.[1] ?? "a classic token";
    const can =
        tokenScopes === undefined
            ? "; GitHub does not tell what it may do: reading was tried, writing only an update does"
            : ` with ${tokenScopes.length > 0 ? `the scopes ${tokenScopes.join(", ")}` : "no scope"}`;
    const expires = tokenExpires?.toISOString();
    const end = expires === undefined ? "GitHub names no day on which it ends" : endOf(expires, new Date());
    const needed = ["repo", ...(config.repositories.mode === "create" ? ["workflow"] : [])];
    const missing = needed.filter((scope) => tokenScopes !== undefined && !tokenScopes.includes(scope));
    const says = `${kind}${can}; ${end}`;
    if (missing.length > 0) {
        const fix = `gh auth refresh --scopes ${missing.join(",")} && ${missingToken.fix}`;
        return [failed(about, `${says}; it needs ${missing.join(" and ")} too`, fix)];
    }
    const renew = `regenerate it at https://github.com/settings/tokens, then ${missingToken.fix}`;
    return [
        expires !== undefined && isSoon(expires, config, new Date()) ? warning(about, says, renew) : ok(about, says),
    ];
}

async function ownerChecks(config: Config, github: GitHub, token: string): Promise<Check[]> {
    const { baseUrl, owner: login } = config.github;
    const about = `owner ${login}`;
    const owner = await github.describeOwner();
    const { mode } = config.repositories;
    const fix = `pulumi config set --stack ${config.stack} github:owner <user or organization>`;
    if (owner.type === "user" && owner.viewer?.toLowerCase() !== login.toLowerCase()) {
        const user = octokitOf(baseUrl, token).rest.users.getByUsername({ username: login });
        if (!(await orUndefined(user, [404]))) {
            return [failed("github:owner", `is "${login}": GitHub has no such user or organization`, fix)];
        }
        if (mode === "create" && owner.viewer !== undefined) {
            const says = `is "${login}": a token of ${owner.viewer} cannot make repositories for another user`;
            return [failed("github:owner", says, fix)];
        }
    }
    return [planCheck(about, config, owner)];
}

/** Where the plan is known, the problems of GitHub's Free plan are told with the others. */
function planCheck(about: string, { stack, repositories }: Config, { type, plan }: Owner): Check {
    const { mode, branchProtection, immutableTagPrefixes, visibility } = repositories;
    const protects = branchProtection !== undefined || immutableTagPrefixes.length > 0;
    const kind = type === "user" ? "a user" : "an organization";
    if (plan === undefined && mode === "create" && protects && visibility !== "public") {
        const says = `${kind}, whose plan the token may not see; GitHub's Free plan protects no branch or tag in ${visibility} repositories`;
        const scope = type === "user" ? "read:user" : "admin:org";
        const fix = `gh auth refresh --scopes ${scope}   (or pulumi config set --stack ${stack} fluxcd:visibility public)`;
        return warning(about, says, fix);
    }
    return ok(about, plan === undefined ? kind : `${kind}, on GitHub's plan ${plan}`);
}

/** Whether the token administers the repositories that are there: who makes deploy keys or rules in them must. */
async function administrationChecks(config: Config, github: GitHub): Promise<Check[]> {
    const { identity, repositories } = config;
    if (identity.kind !== "deployKey" && repositories.mode === "lookup") {
        return [];
    }
    const found = await Promise.all(
        sourceNames.map(async (name): Promise<Check | undefined> => {
            const { repository } = config[name];
            const fullName = `${config.github.owner}/${repository}`;
            if (!(await github.repository(repository))) {
                return undefined;
            }
            const keys = github.deployKeys(repository);
            await permitted(`read the deploy keys of ${fullName}`, "Administration: read and write", keys);
            return ok(repository, "is there, and the token administers it");
        }),
    );
    return found.filter((check) => check !== undefined);
}
