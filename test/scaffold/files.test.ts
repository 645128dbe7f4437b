import assert from "node:assert/strict";
import { cpSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse, parseAllDocuments } from "yaml";

import { blocks, sections } from "../support/documents";
import { kustomizeBuild, type Manifest } from "../support/kustomize";
import { only } from "../support/scaffold";
import { validate } from "../support/schema";
import { scratchFolder } from "../support/scratch";

const repositories = ["fluxcd-infrastructure", "fluxcd-apps"];
const text = (path: string) => readFileSync(path, "utf8");

describe("The scaffold's files", function () {
    this.timeout(60_000);

    it("of apps are valid as they stand, before a build", async () => {
        const files = globSync("scaffold/fluxcd-apps/apps/{base,overlays}/**/*.yaml");
        const manifests = files
            .filter((file) => !file.endsWith("kustomization.yaml"))
            .map((file) => parse(text(file)) as Manifest);
        assert.ok(manifests.length >= 5);
        for (const manifest of manifests) {
            await validate(manifest);
        }
    });

    it("select the pods of an app in its Deployment and its Service, and not by a label that the build adds", () => {
        for (const file of globSync("scaffold/*/{apps,infrastructure}/**/kustomization.yaml")) {
            assert.doesNotMatch(text(file), /includeSelectors: true/, file);
        }
    });

    it("name no owner of code, until a person does", () => {
        for (const repository of repositories) {
            const lines = text(`scaffold/${repository}/.github/CODEOWNERS`).trimEnd().split("\n");
            assert.deepEqual(
                lines.filter((line) => !line.startsWith("#")),
                [],
            );
            // What the example names is in the repository.
            const paths = lines.flatMap((line) => /^# (\/\S*) @/.exec(line)?.[1] ?? []);
            assert.ok(paths.length >= 3);
            for (const path of paths) {
                assert.ok(globSync(`scaffold/${repository}${path}`).length > 0, path);
            }
        }
    });

    it("let Dependabot update the actions, and the images wherever there is one", () => {
        for (const [repository, folder] of [
            ["fluxcd-infrastructure", "infrastructure"],
            ["fluxcd-apps", "apps"],
        ] as const) {
            const { updates } = parse(text(`scaffold/${repository}/.github/dependabot.yml`)) as {
                updates: { "package-ecosystem": string; directory?: string; directories?: string[] }[];
            };
            assert.deepEqual(
                updates.map((update) => [update["package-ecosystem"], update.directory ?? update.directories]),
                [
                    ["github-actions", "/"],
                    ["docker", [`/${folder}/**/*`]],
                ],
            );
            const withImage = globSync(`scaffold/${repository}/**/*.yaml`).filter((file) =>
                /\bimage: /.test(text(file)),
            );
            assert.ok(withImage.length > 0);
            for (const file of withImage) {
                assert.ok(file.startsWith(`scaffold/${repository}/${folder}/`), file);
            }
        }
    });
});

describe("docs/apps.md", function () {
    this.timeout(60_000);

    it("opens connections with valid network policies for the pods of the app", async () => {
        const shown = (sections("docs/apps.md").get("Open connections") ?? []).filter(
            ({ language }) => language === "yaml",
        );
        const policies = shown
            .map((block) => parse(block.text) as Manifest)
            .filter(({ apiVersion }) => apiVersion === "networking.k8s.io/v1");
        assert.deepEqual(
            policies.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
            [
                "NetworkPolicy hello-to-internet",
                "NetworkPolicy hello-to-database",
                "NetworkPolicy hello-to-api-server",
                "NetworkPolicy frontend-to-hello",
            ],
        );
        for (const policy of policies) {
            await validate(policy);
            const { podSelector } = policy.spec as { podSelector: unknown };
            assert.deepEqual(podSelector, { matchLabels: { "app.kubernetes.io/name": "hello" } });
        }
    });

    it("gives a namespace the label of the gateway, and a route to the Service of the app", async () => {
        const shown = (sections("docs/apps.md").get("Open connections") ?? []).map((block) => block.text);
        const patch = shown.find((it) => it.startsWith("patches:")) ?? "";
        const copy = scratchFolder();
        cpSync("scaffold/fluxcd-infrastructure", copy, { recursive: true });
        const folder = join(copy, "infrastructure/base/podinfo");
        writeFileSync(join(folder, "kustomization.yaml"), `${text(join(folder, "kustomization.yaml"))}${patch}\n`);
        const namespace = only(await kustomizeBuild(folder), "Namespace");
        assert.equal(namespace.metadata?.labels?.gateway, "public");
        assert.equal(namespace.metadata.labels["pod-security.kubernetes.io/enforce"], "restricted");
        const route = shown.find((it) => it.includes("kind: HTTPRoute")) ?? "";
        assert.deepEqual((parse(route) as { spec: { rules: object[] } }).spec.rules, [
            { backendRefs: [{ name: "hello", port: 80 }] },
        ]);
    });

    it("has an app that is valid as it stands, with the image of the scaffold", async () => {
        const manifests = blocks("docs/apps.md")
            .filter(({ language, text }) => language === "yaml" && text.startsWith("# ../fluxcd-apps/apps/base/"))
            .flatMap((block) => parseAllDocuments(block.text).map((document) => document.toJS() as Manifest))
            .filter(({ apiVersion }) => !apiVersion.startsWith("kustomize"));
        assert.deepEqual(
            manifests.map(({ kind }) => kind),
            ["Deployment", "Service"],
        );
        for (const manifest of manifests) {
            await validate(manifest);
        }
        const image = (file: string) => /image: (\S+)/.exec(text(file))?.[1];
        assert.equal(image("docs/apps.md"), image("scaffold/fluxcd-apps/apps/base/podinfo/deployment.yaml"));
    });
});
