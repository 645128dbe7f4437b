import assert from "node:assert/strict";

import type { z } from "zod";

import { fluxSchema } from "../../config/flux";
import { customize } from "../../manifest/customize";
import type { Container, Deployment, Pod } from "../../domain/objects";
import type { ManifestObject } from "../../domain/objects";
import type { Problem } from "../../domain/problem";
import { releaseObjects } from "./release";

type Options = z.input<typeof fluxSchema>;

/** A release's objects with options; fails where they cannot take them, and where what was handed in was changed. */
export function customized(options: Options, objects: ManifestObject[] = releaseObjects()): readonly ManifestObject[] {
    const before = structuredClone(objects);
    const { objects: changed, problems } = customize(objects, fluxSchema.parse(options), "dev");
    assert.deepEqual(problems, []);
    assert.deepEqual(objects, before, "the objects handed in were changed");
    return changed;
}

/** Why objects cannot take options. */
export function refused(options: Options, objects: ManifestObject[]): readonly Problem[] {
    return customize(objects, fluxSchema.parse(options), "dev").problems;
}

/** The one object of this kind and name; fails where there is none, or more than one. */
export function named(objects: readonly ManifestObject[], kind: string, name: string): ManifestObject {
    const found = objects.filter((object) => object.kind === kind && object.metadata.name === name);
    const [object] = found;
    assert.ok(object && found.length === 1, `${found.length} objects are a ${kind} ${name}`);
    return object;
}

export function names(objects: readonly ManifestObject[], kind: string): string[] {
    return objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);
}

export function podOf(objects: readonly ManifestObject[], deployment: string): Pod {
    return (named(objects, "Deployment", deployment) as Deployment).spec.template.spec;
}

export function managerIn(objects: readonly ManifestObject[], deployment: string): Container {
    const [manager] = podOf(objects, deployment).containers;
    assert.ok(manager);
    return manager;
}

/** The arguments of each Deployment that a release has not, by its name. */
export function newArguments(objects: readonly ManifestObject[]): Record<string, readonly string[]> {
    const release = releaseObjects();
    const known = (name: string) => (names(release, "Deployment").includes(name) ? managerIn(release, name).args : []);
    return Object.fromEntries(
        names(objects, "Deployment")
            .map((name): [string, readonly string[]] => [
                name,
                (managerIn(objects, name).args ?? []).filter((argument) => !known(name)?.includes(argument)),
            ])
            .filter(([, args]) => args.length > 0),
    );
}
