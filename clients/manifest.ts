import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { loadAll } from "js-yaml";

import type { Config } from "../config";
import { componentNames } from "../config/flux";
import { explainNetworkError } from "../domain/networkErrors";
import { messageOf, type Problem } from "../domain/problem";
import type { ManifestObject } from "../domain/objects";
import { objectProblem } from "./manifestObject";
import { fetchOutside } from "./outside";

const downloadWithinMs = 60_000;

/**
 * Downloads or reads Flux's release manifest, and keeps only the configured components. Otherwise the problem: it could
 * not be read, is incomplete, or has another version or checksum.
 */
export async function fluxManifest({ stack, flux }: Config): Promise<ManifestObject[] | Problem> {
    const { manifest, manifestSha256, version, components } = flux;
    const problem = (expected: string): Problem => ({
        key: "fluxcd:flux.manifest",
        value: manifest,
        expected,
        fix: /^https?:/.test(manifest) ? `curl -fsSLO ${manifest}` : `ls -l ${manifest}`,
    });

    let text: string;
    try {
        text = await load(manifest);
    } catch (error) {
        const network = explainNetworkError(error, manifest, process.env);
        const found = problem(`could not be downloaded or read: ${network?.why ?? messageOf(error)}`);
        return { ...found, fix: network?.fix ?? found.fix };
    }
    const sha256 = createHash("sha256").update(text).digest("hex");
    if (manifestSha256 !== "" && sha256 !== manifestSha256) {
        return {
            key: "fluxcd:flux.manifestSha256",
            value: manifestSha256,
            expected: `${manifest} has ${sha256}: it is another file than the one you checked`,
            fix: `compare it with the release's manifest, then pulumi config set --stack ${stack} --path 'fluxcd:flux.manifestSha256' ${sha256}`,
        };
    }
    if (!text.endsWith("\n")) {
        return problem("it is incomplete: it ends in the middle of a line");
    }
    const contents = contentsOf(text);
    if (typeof contents === "string") {
        return problem(`it is incomplete: ${contents}`);
    }
    const objects = contents as ManifestObject[];
    const missing = components.filter((component) => !hasDeployment(objects, component));
    if (missing.length > 0) {
        return problem(`it is incomplete: it has no Deployment ${missing.join(", ")}`);
    }
    // `flux install --export` labels its objects with the version; the release's install.yaml does not.
    const found = objects.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/version"]).find(Boolean);
    if (found !== undefined && found !== version) {
        return problem(`it is the manifest of Flux ${found}, not of fluxcd:fluxVersion, which is ${version}`);
    }
    return objects.filter((object) => isSelected(object, components));
}

async function load(manifest: string): Promise<string> {
    if (!/^https?:/.test(manifest)) {
        return readFile(manifest, "utf8");
    }
    const response = await fetchOutside(manifest, { signal: AbortSignal.timeout(downloadWithinMs) });
    if (!response.ok) {
        throw new Error(`the server answered ${response.status} ${response.statusText}`);
    }
    return response.text();
}

/**
 * The objects in the YAML documents, without empty ones. Otherwise the problem with one of them. Uses js-yaml, because
 * it takes a third of the time that `yaml` takes; the CLI commands use `yaml` to keep the comments of stack files.
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

/** An object of one controller has the component label; an object that all of Flux shares has none. */
function isSelected({ metadata }: ManifestObject, components: readonly string[]): boolean {
    const component = metadata.labels?.["app.kubernetes.io/component"] ?? "";
    return !componentNames.some((name) => name === component) || components.includes(component);
}
