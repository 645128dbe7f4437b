import type { Config } from "../../config/parse";
import { widerToken } from "../../config/gh";
import { environmentProblem, missingToken } from "../../config/token";
import { kindOfToken, renewToken } from "../../config/tokenKinds";
import { isSoon } from "../../checks/credentials";
import { GitHub, type Owner } from "../../clients/github";
import { octokitOf, orUndefined } from "../../clients/octokit";
import { lookAtGitHub, needsDeployKeys } from "../../checks/repositories";
import { promotedSources } from "../../config/sources";
import { permitted } from "../release/permission";
import { endOf } from "../status/words";
import { type Line, failed, guarded, ok, problemLine, skipped, warning } from "./line";

const again = "run it again; https://www.githubstatus.com shows whether GitHub is up";

/** Checks the token, the owner and the repositories, as an update would. */
export async function githubLines(config: Config, token: string): Promise<readonly Line[]> {
    const { baseUrl } = config.github;
    const problem = token === "" ? missingToken(baseUrl) : environmentProblem({ GITHUB_TOKEN: token }, baseUrl);
    if (problem) {
        const owner = skipped(`owner ${config.github.owner}`, "needs a token");
        return [problemLine(problem), owner];
    }
    const github = new GitHub(config.github, token);
    const { problems, answered } = await lookAtGitHub(config, github);
    // If GitHub did not answer or refused the token, further requests would fail too.
    if (!answered || problems.some(({ key }) => key === "GITHUB_TOKEN")) {
        return problems.map((problem) => problemLine(problem));
    }
    const [owner, administers] = await Promise.all([
        guarded(`owner ${config.github.owner}`, again, ownerChecks(config, github, token)),
        guarded("deploy keys", again, administrationChecks(config, github)),
    ]);
    // A release or a repository that does not exist yet is created by a later step.
    const isLater = (key: string) => /^fluxcd:(repositories|sources\.[^.]+\.(tag|branch))$/.test(key);
    return [
        ...tokenChecks(config, github, token),
        ...owner,
        ...administers,
        ...problems.map((problem) => problemLine(problem, isLater(problem.key) ? "warning" : "failed")),
    ];
}

function tokenChecks(config: Config, { tokenScopes, tokenExpires }: GitHub, token: string): Line[] {
    const about = "GITHUB_TOKEN";
    const { name, lives, keys } = kindOfToken(token);
    const can =
        tokenScopes === undefined
            ? "; GitHub does not list its permissions: this check tested reading, and only an update tests writing"
            : ` with ${tokenScopes.length > 0 ? `the scopes ${tokenScopes.join(", ")}` : "no scope"}`;
    const expires = tokenExpires?.toISOString();
    const lasting = lives === undefined ? "it does not expire" : `it lives ${lives}: an update must be shorter`;
    const end = expires === undefined ? lasting : endOf(expires, new Date());
    const needed = ["repo", ...(config.repositories.mode === "manage" ? ["workflow"] : [])];
    const missing = needed.filter((scope) => tokenScopes !== undefined && !tokenScopes.includes(scope));
    const says = `${name}${can}${needsDeployKeys(config) ? `; ${keys}` : ""}; ${end}`;
    if (missing.length > 0) {
        const fix = widerToken(missing, config.github.baseUrl);
        return [failed(about, `${says}; it needs ${missing.join(" and ")} too`, fix)];
    }
    const isEnding = expires !== undefined && lives === undefined && isSoon(expires, config, new Date());
    return [isEnding ? warning(about, says, renewToken(token, config.github.baseUrl)) : ok(about, says)];
}

async function ownerChecks(config: Config, github: GitHub, token: string): Promise<Line[]> {
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
        if (mode === "manage" && owner.viewer !== undefined) {
            const says = `is "${login}": a token of ${owner.viewer} cannot create repositories for another user`;
            return [failed("github:owner", says, fix)];
        }
    }
    return [planCheck(about, config, owner)];
}

/** If the token can see the plan, GitHub's Free plan is already checked with the other problems. */
function planCheck(about: string, { stack, repositories, github }: Config, { type, plan }: Owner): Line {
    const { mode, branchProtection, immutableTagPrefixes, visibility } = repositories;
    const protects = branchProtection !== undefined || immutableTagPrefixes.length > 0;
    const kind = type === "user" ? "a user" : "an organization";
    if (plan === undefined && mode === "manage" && protects && visibility !== "public") {
        const says = `${kind}, but the token cannot read its plan; GitHub's Free plan protects no branch or tag in ${visibility} repositories`;
        const scope = type === "user" ? "read:user" : "admin:org";
        const otherwise = `or, with public repositories: pulumi config set --stack ${stack} fluxcd:visibility public`;
        return warning(about, `${says}; ${otherwise}`, widerToken([scope], github.baseUrl));
    }
    return ok(about, plan === undefined ? kind : `${kind}, on GitHub's plan ${plan}`);
}

/** Checks that the token can administer the existing repositories, which deploy keys and protection rules need. */
async function administrationChecks(config: Config, github: GitHub): Promise<Line[]> {
    const { identity, repositories } = config;
    if (identity.kind !== "deployKey" && repositories.mode === "lookup") {
        return [];
    }
    const found = await Promise.all(
        promotedSources(config).map(async ({ repository }): Promise<Line | undefined> => {
            const fullName = `${config.github.owner}/${repository}`;
            if (!(await github.repository(repository))) {
                return undefined;
            }
            const keys = github.deployKeys(repository);
            await permitted(`read the deploy keys of ${fullName}`, "Administration: read and write", keys);
            return ok(repository, "exists, and the token can administer it");
        }),
    );
    return found.filter((check) => check !== undefined);
}
