import assert from "node:assert/strict";

import { refusal } from "../support/refusal";
import { apps, infrastructure, look, repositoriesOf, sha } from "../support/repositories";
import type { Made } from "../support/state";
import { startWorld, type World } from "../support/world";

describe("A repository that exists", () => {
    let world: World;
    const on = () => repositoriesOf(world);

    beforeEach(async () => {
        world = await startWorld();
    });

    afterEach(async () => {
        await world.close();
    });

    describe("with branches", () => {
        beforeEach(() => {
            world.answers.delete(`${apps}/commits/heads/main`);
            on().change({ default_branch: "master", html_url: "https://github.com/misua/fluxcd-apps" });
            on().branches("master", "next");
        });
        const sources = (branch: string) => ({
            "fluxcd:sources": { infrastructure: { branch: "main" }, apps: { branch } },
        });

        it("is refused with two fixes if main is missing", async () => {
            const says =
                "misua/fluxcd-apps has no such branch: its default branch is master, and it has master, next\n" +
                "    fix: pulumi config set --stack dev --path 'fluxcd:sources.apps.branch' master   " +
                "(or rename it: gh api -X POST repos/misua/fluxcd-apps/branches/master/rename -f new_name=main)";
            await assert.rejects(look(), refusal("fluxcd:sources.apps.branch", says));
        });

        it("names the host of another GitHub in the command", async () => {
            on().change({ html_url: "https://github.example.com/misua/fluxcd-apps" });
            const says = "gh api --hostname github.example.com -X POST";
            await assert.rejects(look(), refusal("fluxcd:sources.apps.branch", says));
        });

        it("protects the branch that the stack follows instead of main", async () => {
            world.answers.set(`${apps}/commits/heads/master`, { sha });
            const { plans } = await look(sources("master"));
            assert.equal(plans.apps?.branch, "master");
        });

        it("is refused if the branch that the stack follows is missing, and main is there", async () => {
            on().branches("main", "a", "b", "c", "d", "e", "f");
            on().change({ default_branch: "main" });
            const says = "its default branch is main, and it has main, a, b, c, d and 2 more";
            await assert.rejects(look(sources("production")), refusal("fluxcd:sources.apps.branch", says));
        });

        it("is refused if it is empty and the stack follows another branch than main", async () => {
            on().branches();
            await assert.rejects(
                look(sources("trunk")),
                refusal("fluxcd:sources.apps.branch", "it is empty, and gets its first content on main"),
            );
        });
    });

    for (const [what, set, key] of [
        ["another branch than main", { branch: "next" }, "fluxcd:sources.apps.branch"],
        ["a tag", { tag: "staging-v1.0.0" }, "fluxcd:sources.apps.tag"],
    ] as const) {
        it(`is refused if it does not exist yet and the stack that creates it takes ${what}`, async () => {
            world.answers.set(apps, 404);
            const environment = { "fluxcd:environment": "staging" };
            const sources = { "fluxcd:sources": { infrastructure: { branch: "main" }, apps: set } };
            const says = "does not exist yet, and a new repository has the branch main only";
            await assert.rejects(look({ ...environment, ...sources }), refusal(key, says));
        });
    }

    describe("in a state that stops an update", () => {
        const key = "fluxcd:sources.apps.repository";
        const url = "https://github.com/misua/fluxcd-apps";
        for (const [what, fields, says] of [
            ["archived", { archived: true, html_url: url }, `fix: gh repo unarchive ${url} --yes`],
            ["disabled", { disabled: true }, "GitHub has disabled misua/fluxcd-apps, so nobody can read it"],
            [
                "renamed",
                { full_name: "misua/workloads" },
                "fix: pulumi config set --stack dev --path 'fluxcd:sources.apps.repository' workloads",
            ],
            [
                "transferred",
                { full_name: "acme/fluxcd-apps", html_url: "https://github.com/acme/fluxcd-apps" },
                "was transferred and is acme/fluxcd-apps now: expected a repository of github:owner\n" +
                    "    fix: transfer it back at https://github.com/acme/fluxcd-apps/settings",
            ],
        ] as const) {
            it(`is refused: ${what}`, async () => {
                on().change(fields);
                await assert.rejects(look(), refusal(key, says));
            });
        }

        it("is refused with all other problems at once", async () => {
            on().change({ archived: true, default_branch: "master" });
            world.answers.delete(`${apps}/commits/heads/main`);
            on().branches("master");
            await assert.rejects(look(), refusal(key, "is archived"));
            await assert.rejects(look(), refusal("fluxcd:sources.apps.branch", "master"));
        });

        it("is accepted under a name in other letters, which GitHub takes for the same", async () => {
            on().change({ full_name: "Misua/FluxCD-apps" });
            await assert.doesNotReject(look());
        });

        it("is accepted in the archive by a stack that adds nothing to it", async () => {
            on().change({ archived: true });
            await assert.rejects(look({}, [], "staging"), refusal(key, "is archived"));
            const credential: Made = ["fluxcd:github:Credential", "apps"];
            await assert.doesNotReject(look({}, [credential], "staging"));
            const app = { kind: "githubApp", appId: 1, installationId: 2 };
            const secret = { "fluxcd:identity": app, "fluxcd:githubAppPrivateKey": "" };
            await assert.rejects(look(secret, [], "staging"), (error: Error) => !error.message.includes("archived"));
        });
    });

    describe("without the folder that Flux would apply", () => {
        const root = () => {
            on().root("apps", "deploy");
        };

        it("is refused, and its folders are named", async () => {
            root();
            const says = "misua/fluxcd-apps has no such folder at main, so Flux would wait for it: it has apps, deploy";
            await assert.rejects(look(), refusal("fluxcd:kustomizations.apps.path", says));
        });

        it("is refused at a tag too", async () => {
            root();
            const says = "has no such folder at staging-v1.0.0";
            await assert.rejects(look({}, [], "staging"), refusal("fluxcd:kustomizations.apps.path", says));
        });

        it("is refused if the path is a file", async () => {
            root();
            world.answers.set(`${apps}/contents/apps/overlays/dev?ref=${sha}`, { type: "file", content: "" });
            await assert.rejects(look(), refusal("fluxcd:kustomizations.apps.path", "no such folder"));
        });

        it("is accepted if the folder is there, or if the root is applied", async () => {
            root();
            on().folder("deploy", ["deployment.yaml"], sha);
            for (const path of ["./deploy", "deploy/", "./", "."]) {
                await assert.doesNotReject(look({ "fluxcd:kustomizations": { apps: { path } } }));
            }
        });

        it("is accepted while Flux is stopped", async () => {
            root();
            await assert.doesNotReject(look({ "fluxcd:suspend": true }));
            await assert.doesNotReject(look({ "fluxcd:kustomizations": { apps: { suspend: true } } }));
        });

        it("is refused if the first content has no folder for the environment, each with its copy", async () => {
            world.answers.set(apps, 404);
            world.answers.set(infrastructure, 404);
            for (const [name, folder] of [
                ["infrastructure", "fluxcd-infrastructure/infrastructure/overlays"],
                ["infrastructure-configs", "fluxcd-infrastructure/infrastructure/configs/overlays"],
                ["apps", "fluxcd-apps/apps/overlays"],
            ] as const) {
                const copy = `fix: cp -r scaffold/${folder}/dev scaffold/${folder}/qa   (then edit the copy`;
                await assert.rejects(
                    look({ "fluxcd:environment": "qa" }),
                    refusal(`fluxcd:kustomizations.${name}.path`, copy),
                );
            }
        });

        it("is refused if the first content has no such folder of another name, with a copy of the overlay", async () => {
            world.answers.set(apps, 404);
            const copy = "fix: cp -r scaffold/fluxcd-apps/apps/overlays/dev scaffold/fluxcd-apps/deploy";
            await assert.rejects(
                look({ "fluxcd:kustomizations": { apps: { path: "./deploy" } } }),
                refusal("fluxcd:kustomizations.apps.path", copy),
            );
        });

        it("is refused with the key that leaves it out, if it is that of infrastructure-configs alone", async () => {
            const tree = [{ path: "infrastructure", type: "tree" }];
            world.answers.set(`${infrastructure}/git/trees/${sha}`, { tree });
            const applied = "infrastructure/overlays/staging";
            world.answers.set(`${infrastructure}/contents/${applied}?ref=${sha}`, [{ name: "kustomization.yaml" }]);
            const says =
                "misua/fluxcd-infrastructure has no such folder at staging-v1.0.0, so Flux would wait for it: it has infrastructure\n" +
                "    fix: pulumi config set --stack staging --path 'fluxcd:kustomizations.infrastructure-configs.enabled' false   " +
                "(or add the folder to the repository)";
            await assert.rejects(
                look({}, [], "staging"),
                refusal("fluxcd:kustomizations.infrastructure-configs.path", says),
            );
            const leftOut = { "fluxcd:kustomizations": { "infrastructure-configs": { enabled: false } } };
            await assert.doesNotReject(look(leftOut, [], "staging"));
        });
    });
});
