import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { loadAll } from "js-yaml";

import type { Config } from "../config";
import { componentNames } from "../config/flux";
import { messageOf, type Problem } from "../domain/problem";
import type { ManifestObject } from "../domain/objects";
import { objectProblem } from "./manifestObject";

const downloadWithinMs = 60_000;

/** Flux's release manifest, whole and of the right version, with only the components asked for; or why it cannot be had. */
export async function fluxManifest({ stack, flux }: Config): Promise<ManifestObject[] | Problem> {
    const { manifest, manifestSha256, version, components } = flux;
    const problem = (expected: string): Problem => ({
        key: "fluxcd:fluxManifest",
        value: manifest,
        expected,
        fix: /^https?:/.test(manifest) ? `curl -fsSLO ${manifest}` : `ls -l ${manifest}`,
    });

    let text: string;
    try {
        text = await load(manifest);
    } catch (error) {
        return problem(`it could not be had: ${messageOf(error)}`);
    }
    const sha256 = createHash("sha256").update(text).digest("hex");
    if (manifestSha256 !== "" && sha256 !== manifestSha256) {
        return {
            key: "fluxcd:fluxManifestSha256",
            value: manifestSha256,
            expected: `${manifest} has ${sha256}: it is another file than the one you checked`,
            fix: `compare it with the release's, then pulumi config set --stack ${stack} fluxcd:fluxManifestSha256 ${sha256}`,
        };
    }
    if (!text.endsWith("\n")) {
        return problem("it is not whole: it ends in the middle of a line");
    }
    const contents = contentsOf(text);
    if (typeof contents === "string") {
        return problem(`it is not whole: ${contents}`);
    }
    const objects = contents as ManifestObject[];
    const missing = components.filter((component) => !hasDeployment(objects, component));
    if (missing.length > 0) {
        return problem(`it is not whole: it has no Deployment ${missing.join(", ")}`);
    }
    // `flux install --export` labels its objects with the version, the release's own file does not.
    const found = objects.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/version"]).find(Boolean);
    if (found !== undefined && found !== version) {
        return problem(`it is of Flux ${found}, expected fluxcd:fluxVersion, which is ${version}`);
    }
    return objects.filter((object) => isSelected(object, components));
}

async function load(manifest: string): Promise<string> {
    if (!/^https?:/.test(manifest)) {
        return readFile(manifest, "utf8");
    }
    const response = await fetch(manifest, { signal: AbortSignal.timeout(downloadWithinMs) });
    if (!response.ok) {
        throw new Error(`the server answered ${response.status} ${response.statusText}`);
    }
    return response.text();
}

/**
 * The objects in the documents, of which some may be empty; or what is wrong with one. js-yaml, because it takes a third of the
 * time of yaml, which the commands use to keep the comments of stack files.
 */
function contentsOf(text: string): unknown[] | string {
    try {
        const contents = loadAll(text).filter((it) => it !== null && it !== undefined);
        return contents.map(objectProblem).find((problem) => problem !== undefined) ?? contents;
    } catch (error) {
        return messageOf(error).split("\n")[0] ?? "not YAML";
    }
}

function hasDeployment(objects: readonly ManifestObject[], name: string): boolean {
    return objects.some(({ kind, metadata }) => kind === "Deployment" && metadata.name === name);
}

/** What belongs to a controller says so in a label; what belongs to all of Flux has none. */
function isSelected({ metadata }: ManifestObject, components: readonly string[]): boolean {
    const component = metadata.labels?.["app.kubernetes.io/component"] ?? "";
    return !componentNames.some((name) => name === component) || components.includes(component);
}
