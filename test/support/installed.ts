import { readFileSync } from "node:fs";

import { parseAllDocuments } from "yaml";

import { readConfig } from "../../config";
import { lookAtFlux } from "../../checks/flux";
import { type Definition, type Installed, type LiveObject, readInstalled } from "../../clients/installedFlux";
import type { ManifestObject } from "../../domain/objects";
import { explain } from "../../domain/problem";
import { useStackFile } from "./stack";
import type { World } from "./world";

/** What a preview asks a cluster. */
export const asked = {
    deployments: "GET /apis/apps/v1/deployments?labelSelector=app.kubernetes.io/part-of=flux",
    definitions:
        "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions?labelSelector=app.kubernetes.io/part-of=flux",
};

const optional = ["image-reflector-controller"];

/** What the manifest has, anew for each test, with CRDs that are whole. */
export function release(): LiveObject[] {
    return parseAllDocuments(readFileSync("test/fixtures/install.yaml", "utf8"))
        .map((document) => document.toJS() as LiveObject)
        .filter(({ metadata }) => !optional.includes(metadata.labels?.["app.kubernetes.io/component"] ?? ""))
        .map((object) => (object.kind === "CustomResourceDefinition" ? whole(object) : object));
}

function whole(object: LiveObject): LiveObject {
    const [plural = ""] = object.metadata.name.split(".");
    const kind = `${plural[0]?.toUpperCase() ?? ""}${plural.slice(1, -1)}`;
    const versions = [{ name: "v1beta3", served: true, storage: true }];
    return { ...object, spec: { ...(object.spec as object), names: { kind, plural }, versions } };
}

type Change = (object: LiveObject) => LiveObject;

/** Puts Flux into the cluster, as who installed it, labelled so. */
export function install(
    world: World,
    { manager = "flux", labels = {} }: { manager?: string; labels?: Record<string, string> } = {},
    change: Change = (object) => object,
): void {
    const live = release().map(({ metadata, ...object }) => {
        const managed = { labels: { ...metadata.labels, ...labels }, managedFields: [{ manager }] };
        return change({ ...object, metadata: { ...metadata, ...managed } });
    });
    const ofKind = (kind: string) => ({ items: live.filter((object) => object.kind === kind) });
    world.answers.set(asked.deployments, ofKind("Deployment"));
    world.answers.set(asked.definitions, ofKind("CustomResourceDefinition"));
}

/** Changes one object by its name. */
export function change(name: string, how: (definition: Definition) => object): Change {
    return (object) => (object.metadata.name === name ? { ...object, ...how(object as Definition) } : object);
}

export interface Found {
    readonly installed: Installed;
    readonly anothers: string;
    readonly problems: string;
}

/** What a preview of dev finds of Flux, its problems as people read them. */
export async function look(
    wanted: readonly ManifestObject[] = release(),
    set: Record<string, unknown> = {},
): Promise<Found> {
    useStackFile("Pulumi.dev.yaml", set);
    const installed = await readInstalled("dev");
    const { anothers, problems } = await lookAtFlux(readConfig(), installed, wanted);
    return { installed, anothers: explain(anothers), problems: explain(problems) };
}
