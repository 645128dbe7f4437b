import assert from "node:assert/strict";

import { closeIssue, openIssue, type Project, writeComment } from "../../cli/ci/github";
import { GitHub } from "../../clients/github";
import { octokitOf } from "../../clients/octokit";
import { takeBack } from "../../components/interrupted";
import { type Asked, type PagedGitHub, startPagedGitHub } from "../support/pagedGitHub";

const counts = [0, 1, 29, 30, 31, 99, 100, 101, 250];
const repository = "/repos/misua/fluxcd-apps";
const upTo = <T>(count: number, made: (number: number) => T) => Array.from({ length: count }, (_, at) => made(at + 1));

describe("Lists of GitHub", () => {
    let server: PagedGitHub;
    const serve = async (...given: Parameters<typeof startPagedGitHub>) => {
        server = await startPagedGitHub(...given);
        return new GitHub({ baseUrl: server.url, owner: "misua" }, "token-of-the-test");
    };
    const listed = (path: string, items: readonly unknown[]) => (asked: Asked) =>
        asked.method === "GET" && asked.path === path ? items : undefined;
    afterEach(() => server.close());

    for (const count of counts) {
        it(`deploy keys are read to the end: ${count}`, async () => {
            const keys = upTo(count, (id) => ({ id, title: `flux-${id}`, created_at: "2026-11-23T12:00:00Z" }));
            const github = await serve(listed(`${repository}/keys`, keys));
            const found = await github.deployKeys("fluxcd-apps");
            assert.deepEqual(
                found.map(({ title }) => title),
                keys.map(({ title }) => title),
            );
        });

        for (const [title, body] of [
            ["sent at once, as GitHub does", (refs: readonly unknown[]) => ({ body: refs })],
            ["sent in pages", (refs: readonly unknown[]) => refs],
        ] as const) {
            it(`tags are read to the end: ${count}, ${title}`, async () => {
                const refs = upTo(count, (version) => ({ ref: `refs/tags/prod-v1.${version}.0` }));
                const path = `${repository}/git/matching-refs/tags/prod-v`;
                const github = await serve((asked) => (asked.path === path ? body(refs) : undefined));
                assert.deepEqual(
                    await github.tags("fluxcd-apps", "prod-v"),
                    upTo(count, (version) => `prod-v1.${version}.0`),
                );
            });
        }

        it(`repositories are looked up to the end: ${count}`, async () => {
            const sizes: number[] = [];
            const github = await serve(({ path, headers }) => {
                assert.deepEqual([path, headers["content-type"]], ["/api/graphql", "application/json; charset=utf-8"]);
                sizes.push(1);
                // Enough aliases for every part of the list.
                const data = upTo(
                    100,
                    (at) => [`found${at - 1}`, { sshUrl: "ssh", url: "https", object: {} }] as const,
                );
                return { body: { data: Object.fromEntries(data) } };
            });
            const wanted = upTo(count, (at) => ({ repository: `team-${at}`, revision: "refs/heads/main" }));
            const found = await github.lookUp(wanted);
            assert.deepEqual([found.length, found.filter((each) => each?.hasRevision).length], [count, count]);
            assert.equal(sizes.length, Math.ceil(count / 100));
        });
    }

    it("an empty repository has no tags", async () => {
        const github = await serve(() => ({ status: 409, body: { message: "Git Repository is empty." } }));
        assert.deepEqual(await github.tags("fluxcd-apps", "prod-v"), []);
    });

    it("pages of another size than asked for are read to the end", async () => {
        const keys = upTo(95, (id) => ({ id, title: `flux-${id}`, created_at: "2026-11-23T12:00:00Z" }));
        const github = await serve(listed(`${repository}/keys`, keys), { ignoresPageSize: true });
        assert.equal((await github.deployKeys("fluxcd-apps")).length, 95);
        assert.equal(server.asked.length, 4);
    });

    describe("what an interrupted update left is found at the end of the list", () => {
        const failed = (type: string, newInputs: Record<string, unknown>, words: string) => ({
            ...{ urn: "urn", id: "", name: "apps", type: `github:index/${type}`, failedOperation: "create" },
            ...{ newInputs, errors: [words] },
        });
        const others = (count: number) => upTo(count, (id) => ({ id, title: "x", key: `ssh-ed25519 AAAA${id}` }));
        const isDeleted = async (args: ReturnType<typeof failed>) => {
            const where = { octokit: octokitOf(server.url, "token-of-the-test"), owner: "misua" };
            return takeBack(args, where);
        };

        for (const count of [0, 99, 100, 250]) {
            it(`a deploy key after ${count} others`, async () => {
                const keys = [...others(count), { id: 1000, title: "flux-dev", key: "ssh-ed25519 AAAAours" }];
                await serve((asked) =>
                    asked.method === "DELETE" ? { status: 204 } : listed(`${repository}/keys`, keys)(asked),
                );
                const inputs = { repository: "fluxcd-apps", key: "ssh-ed25519 AAAAours" };
                const type = "repositoryDeployKey:RepositoryDeployKey";
                assert.equal(await isDeleted(failed(type, inputs, "422 key is already in use")), true);
                assert.equal(server.asked.at(-1)?.line, `DELETE ${repository}/keys/1000`);
            });

            it(`a webhook after ${count} others`, async () => {
                const hook = (id: number, url: string) => ({ id, config: { url } });
                const hooks = [...upTo(count, (id) => hook(id, `https://h/${id}`)), hook(1000, "https://h/ours")];
                await serve((asked) =>
                    asked.method === "DELETE" ? { status: 204 } : listed(`${repository}/hooks`, hooks)(asked),
                );
                const inputs = { repository: "fluxcd-apps", configuration: { url: "https://h/ours" } };
                const type = "repositoryWebhook:RepositoryWebhook";
                assert.equal(await isDeleted(failed(type, inputs, "Hook already exists on this repository")), true);
                assert.equal(server.asked.at(-1)?.line, `DELETE ${repository}/hooks/1000`);
            });

            it(`a ruleset after ${count} others`, async () => {
                const name = (id: number) => ({ id, name: id === 1000 ? "release-tags" : `rules-${id}` });
                const rulesets = [...upTo(count, name), name(1000)];
                const conditions = { ref_name: { include: ["refs/tags/prod-v*"], exclude: [] } };
                const ours = { target: "tag", enforcement: "active", conditions, rules: [{ type: "deletion" }] };
                await serve((asked) => {
                    const own = asked.path === `${repository}/rulesets/1000` ? { body: ours } : undefined;
                    return asked.method === "DELETE"
                        ? { status: 204 }
                        : (own ?? listed(`${repository}/rulesets`, rulesets)(asked));
                });
                const refName = { includes: ["refs/tags/prod-v*"], excludes: [] };
                const inputs = {
                    ...{ name: "release-tags", repository: "fluxcd-apps", target: "tag", enforcement: "active" },
                    ...{ conditions: { refName }, rules: { deletion: true } },
                };
                const type = "repositoryRuleset:RepositoryRuleset";
                assert.equal(await isDeleted(failed(type, inputs, "Name must be unique")), true);
                assert.equal(server.asked.at(-1)?.line, `DELETE ${repository}/rulesets/1000`);
            });
        }
    });

    describe("of `fluxcd ci`", () => {
        const project = (): Project => ({
            octokit: octokitOf(server.url, "token-of-the-test"),
            repository: { owner: "misua", repo: "fluxcd-apps" },
        });
        const marker = "<!-- report -->";

        for (const count of counts) {
            it(`the own comment is found after ${count} others`, async () => {
                const comments = [...upTo(count, (id) => ({ id, body: "+1" })), { id: 1000, body: `${marker}\nold` }];
                await serve((asked) =>
                    asked.method === "GET"
                        ? listed(`${repository}/issues/7/comments`, comments)(asked)
                        : { body: { html_url: asked.line } },
                );
                const url = await writeComment(project(), 7, { marker, body: "new" });
                assert.equal(url, `PATCH ${repository}/issues/comments/1000`);
            });

            it(`the open issue is found after ${count} pull requests with its label`, async () => {
                const pulls = upTo(count, (number) => ({ number, pull_request: {} }));
                await serve((asked) =>
                    asked.method === "GET"
                        ? listed(`${repository}/issues`, [...pulls, { number: 1000 }])(asked)
                        : { body: { html_url: asked.line } },
                );
                const url = await openIssue(project(), { label: "drift", title: "Drift", body: "" });
                assert.equal(url, `PATCH ${repository}/issues/1000`);
                await closeIssue(project(), "drift", "gone");
                assert.equal(server.asked.at(-1)?.line, `PATCH ${repository}/issues/1000`);
            });

            it(`an issue is opened if there are only ${count} pull requests with its label`, async () => {
                const pulls = upTo(count, (number) => ({ number, pull_request: {} }));
                await serve((asked) =>
                    asked.method === "GET"
                        ? listed(`${repository}/issues`, pulls)(asked)
                        : { body: { html_url: asked.line } },
                );
                const url = await openIssue(project(), { label: "drift", title: "Drift", body: "" });
                assert.equal(url, `POST ${repository}/issues`);
            });
        }
    });
});
