import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { cloneOf, type ScaffoldClone } from "../support/scaffoldClone";

const map = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { a: b }\n`;
const files = (...names: string[]) =>
    `configMapGenerator: [{ name: f, files: [${names.join(", ")}] }]\nresources: [../../base/podinfo]\n`;

const overlay = "apps/overlays/dev";
const environments = (folder: string) => ["dev", "production", "staging"].map((name) => `${folder}/${name}`);
/** The folders that were built. */
const foldersIn = (output: string) => output.match(/^[a-z-]+(\/[a-z-]+)+$/gm) ?? [];
const differs = /It builds here, but not for Flux\. .* not these files:\n/;

describe("validate.sh builds what Flux reads", function () {
    this.timeout(120_000);
    let clone: ScaffoldClone;

    beforeEach(() => {
        clone = cloneOf("fluxcd-apps");
        // One environment is enough, and sooner.
        for (const name of ["staging", "production"]) {
            rmSync(join(clone.folder, "apps/overlays", name), { recursive: true });
        }
    });

    for (const repository of ["fluxcd-apps", "fluxcd-infrastructure"]) {
        it(`and finds the first content of ${repository} valid`, () => {
            const { code, output } = cloneOf(repository).validate();
            assert.equal(code, 0, output);
            assert.match(output, /Every environment is valid\.\n$/);
            assert.doesNotMatch(output, differs);
        });
    }

    it("in every folder of an environment, and in no other", () => {
        assert.deepEqual(foldersIn(cloneOf("fluxcd-apps").validate().output), environments("apps/overlays"));
        assert.deepEqual(foldersIn(cloneOf("fluxcd-infrastructure").validate().output), [
            ...environments("infrastructure/overlays"),
            ...environments("infrastructure/configs/overlays"),
        ]);
    });

    it("in the second step of the infrastructure", () => {
        const infrastructure = cloneOf("fluxcd-infrastructure");
        const folder = "infrastructure/configs/overlays/dev";
        infrastructure.write(`${folder}/kustomization.yaml`, "resources: [../../base, a.yaml]\n");
        infrastructure.write(`${folder}/a.yaml`, map("second-step"));
        const { code, output, checked } = infrastructure.validate();
        assert.equal(code, 0, output);
        assert.match(checked, /name: second-step\n/);
        infrastructure.write(`${folder}/kustomization.yaml`, "resources: [gone.yaml]\n");
        const broken = infrastructure.validate();
        assert.equal(broken.code, 1);
        assert.match(broken.output, /Invalid: infrastructure\/configs\/overlays\/dev\. /);
    });

    it("in a folder of one cluster, with what it adds to its environment", () => {
        const folder = "clusters/production-eu";
        clone.write(`${folder}/kustomization.yaml`, `resources: [../../${overlay}, a.yaml]\n`);
        clone.write(`${folder}/a.yaml`, map("in-eu"));
        clone.write("clusters/README.md", "# One folder for each cluster with something of its own\n");
        const { code, output, checked } = clone.validate();
        assert.equal(code, 0, output);
        assert.deepEqual(foldersIn(output), [overlay, folder]);
        assert.equal(checked.match(/name: in-eu\n/g)?.length, 1);
        assert.equal(checked.match(/^kind: Deployment$/gm)?.length, 2);
        rmSync(join(clone.folder, folder, "a.yaml"));
        const broken = clone.validate();
        assert.equal(broken.code, 1);
        assert.match(broken.output, /Invalid: clusters\/production-eu\. /);
    });

    it("and makes a kustomization of a folder that has none, which it leaves as it is", () => {
        rmSync(join(clone.folder, overlay), { recursive: true });
        clone.write(`${overlay}/a.yaml`, map("first"));
        clone.write(`${overlay}/deep/er/its b.yml`, map("second"));
        clone.write(`${overlay}/with/kustomization.yaml`, "namePrefix: my-\nresources: [c.yaml]\n");
        clone.write(`${overlay}/with/c.yaml`, map("third"));
        const { code, output, checked } = clone.validate();
        assert.equal(code, 0, output);
        for (const name of ["first", "second", "my-third"]) {
            assert.match(checked, new RegExp(`name: ${name}\\n`));
        }
        assert.ok(!existsSync(join(clone.folder, overlay, "kustomization.yaml")));
    });

    it("and takes files above the folder, and a folder without manifests", () => {
        clone.write(`${overlay}/kustomization.yaml`, "resources: [../../common.yaml]\n");
        clone.write("apps/common.yaml", map("common"));
        clone.write("apps/overlays/empty/README.md", "# Soon\n");
        const { code, output, checked } = clone.validate();
        assert.equal(code, 0, output);
        assert.match(checked, /name: common\n/);
    });

    it("and names an image that a kustomization needs", () => {
        clone.write(`${overlay}/kustomization.yaml`, files("logo.png"));
        clone.write(`${overlay}/logo.png`, "PNG");
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.match(output, differs);
        assert.match(output, /^ {2}apps\/overlays\/dev\/logo\.png$/m);
    });

    it("and takes an image once a .sourceignore has other rules", () => {
        clone.write(`${overlay}/kustomization.yaml`, files("logo.png"));
        clone.write(`${overlay}/logo.png`, "PNG");
        clone.write(".sourceignore", "# nothing but\n*.md\n");
        assert.equal(clone.validate().code, 0);
        clone.write(".sourceignore", "# a comment\n\n");
        assert.equal(clone.validate().code, 1);
    });

    it("and names a file that a .sourceignore of any folder leaves out", () => {
        clone.write("apps/base/.sourceignore", "service.yaml\n");
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.match(output, differs);
        assert.match(output, /^ {2}apps\/base\/podinfo\/service\.yaml$/m);
    });

    it("and names a symbolic link", () => {
        clone.write(`${overlay}/kustomization.yaml`, "resources: [link.yaml]\n");
        clone.write("apps/common.yaml", map("common"));
        clone.link(`${overlay}/link.yaml`, "../../common.yaml");
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.match(output, differs);
        assert.match(output, /^ {2}apps\/overlays\/dev\/link\.yaml$/m);
    });

    it("and names a file in Git LFS", () => {
        clone.write(".gitattributes", "*.txt filter=lfs\n");
        clone.write(`${overlay}/kustomization.yaml`, files("big.txt"));
        clone.write(`${overlay}/big.txt`, "the content, as it is after a checkout\n");
        clone.git("-c", "filter.lfs.clean=cat", "add", "--all");
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.match(output, differs);
        assert.match(output, /^ {2}apps\/overlays\/dev\/big\.txt$/m);
    });

    it("and misses a file that Git ignores, and one outside the repository", () => {
        clone.write(".gitignore", "local.yaml\n");
        clone.write(`${overlay}/kustomization.yaml`, "resources: [local.yaml]\n");
        clone.write(`${overlay}/local.yaml`, map("local"));
        const ignored = clone.validate();
        assert.equal(ignored.code, 1);
        assert.match(ignored.output, differs);
        writeFileSync(join(clone.folder, "../outside-of-it.yaml"), map("outside"));
        clone.write(`${overlay}/kustomization.yaml`, "resources: [../../../../outside-of-it.yaml]\n");
        const outside = clone.validate();
        assert.equal(outside.code, 1);
        assert.match(outside.output, differs);
    });

    it("and takes files that are not yet added, and misses deleted ones", () => {
        clone.write(`${overlay}/kustomization.yaml`, "resources: [new file.yaml]\n");
        clone.write(`${overlay}/new file.yaml`, map("new"));
        rmSync(join(clone.folder, "README.md"));
        const { code, output, checked } = clone.validate();
        assert.equal(code, 0, output);
        assert.match(checked, /name: new\n/);
    });

    it("and fails for what fails here too, without a word about Flux", () => {
        clone.write(`${overlay}/kustomization.yaml`, "resources: [gone.yaml]\n");
        clone.write("clusters/dev/kustomization.yaml", `resources: [../../${overlay}]\n`);
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.doesNotMatch(output, differs);
        assert.match(output, /Invalid: apps\/overlays\/dev clusters\/dev\./);
    });

    it("and fails if there is no folder to build", () => {
        rmSync(join(clone.folder, "apps/overlays"), { recursive: true });
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.match(output, /^There is no folder to check/m);
        assert.doesNotMatch(output, /Every environment is valid/);
    });

    it("and says that it needs a clone", () => {
        rmSync(join(clone.folder, ".git"), { recursive: true });
        const { code, output } = clone.validate();
        assert.equal(code, 1);
        assert.match(output, /This folder is not a clone/);
    });
});
