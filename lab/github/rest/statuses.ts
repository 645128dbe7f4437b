import { nodeId } from "../ids.ts";
import { GitHubError, invalid, type Members } from "../reply.ts";
import { simpleUser } from "../represent.ts";
import type { Status } from "../store.ts";
import { type Call, gitOf, type Handlers, inRepository, page, parameter, repositoryOf, viewerOf } from "./call.ts";

/** https://docs.github.com/en/rest/commits/statuses */
const mostOfAContext = 1000;
const longestDescription = 140;

export const statuses: Handlers = {
    "repos/create-commit-status": async (call) => {
        const repository = repositoryOf(call);
        const sha = parameter(call, "sha");
        if (!/^[0-9a-f]{40}$/.test(sha) || (await gitOf(call).commitOf(sha)) !== sha) {
            throw new GitHubError(422, `No commit found for SHA: ${sha}`);
        }
        const { state, context = "default", description = null, target_url: targetUrl = null } = call.body;
        if (typeof description === "string" && description.length > longestDescription) {
            throw invalid(
                "Status",
                "description",
                `description is too long (maximum is ${longestDescription} characters)`,
            );
        }
        const ofContext = repository.statuses.filter((one) => one.sha === sha && one.context === context);
        if (ofContext.length >= mostOfAContext) {
            const message = "This SHA and context has reached the maximum number of statuses.";
            throw new GitHubError(422, "Validation Failed", { errors: [message] });
        }
        const status = {
            id: call.lab.store.nextId(),
            sha,
            state,
            context,
            description,
            targetUrl,
            creator: viewerOf(call).login,
            createdAt: new Date().toISOString(),
        } as Status;
        repository.statuses.push(status);
        call.lab.store.save();
        return { status: 201, body: represent(call, status) };
    },

    // Nothing here runs checks; what reports on commits reports statuses.
    "checks/list-for-ref": async (call) => {
        if ((await gitOf(call).commitOf(parameter(call, "ref"))) === undefined) {
            throw new GitHubError(422, `No commit found for SHA: ${parameter(call, "ref")}`);
        }
        return { status: 200, body: { total_count: 0, check_runs: [] } };
    },

    "repos/list-commit-statuses-for-ref": async (call) => {
        const sha = await gitOf(call).commitOf(parameter(call, "ref"));
        if (sha === undefined) {
            throw new GitHubError(422, `No commit found for SHA: ${parameter(call, "ref")}`);
        }
        const found = repositoryOf(call).statuses.filter((one) => one.sha === sha);
        return { status: 200, body: page(call, found.reverse()).map((one) => represent(call, one)) };
    },
};

function represent(call: Call, { id, sha, creator: login, targetUrl, createdAt, ...rest }: Status): Members {
    const creator = call.lab.store.owner(login);
    const user = creator && simpleUser(call.lab, creator);
    return {
        url: inRepository(call, `/statuses/${sha}`),
        avatar_url: user?.avatar_url ?? null,
        id,
        node_id: nodeId("SC", repositoryOf(call).id, String(id)),
        ...rest,
        target_url: targetUrl,
        created_at: createdAt,
        updated_at: createdAt,
        creator: user ?? null,
    };
}
