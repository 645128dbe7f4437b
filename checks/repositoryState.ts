import type { InState } from "../clients/engine";
import type { FoundRepository } from "../clients/github";
import type { Config } from "../config";
import { isOwn } from "../config/sources";
import { setConfig } from "../domain/commands";
import type { Problem } from "../domain/problem";

/** A repository of the owner that a source reads. */
export interface Named {
    /** The name of the source. */
    readonly name: string;
    readonly repository: string;
}

type State = Pick<FoundRepository, "fullName" | "htmlUrl" | "isArchived" | "isDisabled">;

/** The problems with a repository that exists, but not as the stack needs it. */
export function stateProblems(config: Config, named: Named, found: State, state: InState): Problem[] {
    const { name, repository } = named;
    const key = `fluxcd:sources.${name}.repository`;
    const fullName = `${config.github.owner}/${repository}`;
    const problem = (expected: string, fix: string): Problem[] => [{ key, value: repository, expected, fix }];
    if (isElsewhere(config, named, found)) {
        return problem(...moved(config, { ...named, fullName }, found));
    }
    if (found.isDisabled) {
        const expected = `GitHub has disabled ${fullName}, so nobody can read it`;
        return problem(expected, "ask GitHub's support why, at https://support.github.com");
    }
    if (found.isArchived && writesTo(config, named, state)) {
        const expected = `${fullName} is archived, which makes it read-only, and this update would add to it`;
        return problem(expected, `gh repo unarchive ${found.htmlUrl} --yes`);
    }
    return [];
}

/** Whether Flux can read it under the name that the stack file has. */
export function isReadable(config: Config, named: Named, found: State): boolean {
    return !found.isDisabled && !isElsewhere(config, named, found);
}

function isElsewhere({ github }: Config, { repository }: Named, { fullName }: State): boolean {
    return fullName.toLowerCase() !== `${github.owner}/${repository}`.toLowerCase();
}

/** GitHub answers for the old name only until somebody takes it, and Flux would read the repository of a stranger. */
function moved(
    config: Config,
    { name, fullName }: Named & { readonly fullName: string },
    { fullName: now, htmlUrl }: State,
): [expected: string, fix: string] {
    const [owner = "", repository = ""] = now.split("/");
    const isSameOwner = owner.toLowerCase() === config.github.owner.toLowerCase();
    return isSameOwner
        ? [
              `${fullName} has another name now, ${now}: GitHub redirects the old name only until somebody takes it`,
              setConfig(config.stack, `fluxcd:sources.${name}.repository`, repository),
          ]
        : [
              `${fullName} was transferred and is ${now} now: expected a repository of github:owner`,
              `transfer it back at ${htmlUrl}/settings   (or transfer the others too, and set github:owner to ${owner})`,
          ];
}

/** Whether this update creates a key, the first content or rules there. */
function writesTo({ identity, repositories, webhook }: Config, { name, repository }: Named, state: InState): boolean {
    const hasNo = (type: string, resource: string) => state(type, resource) === undefined;
    const needsKey = identity.kind === "deployKey" && hasNo("fluxcd:github:Credential", name);
    const needsWebhook = webhook !== undefined && hasNo("fluxcd:github:Webhook", "webhook");
    const isTakenOver = repositories.mode === "manage" && isOwn(name) && hasNo("fluxcd:github:Repository", repository);
    return needsKey || needsWebhook || isTakenOver;
}
