import assert from "node:assert/strict";

import { type Config, readConfig } from "../../config";
import { customize } from "../../manifest/customize";
import type { Objects } from "../../domain/objects";
import type { Cluster, Resource } from "../../clients/cluster";
import { fluxManifest } from "../../clients/manifest";
import { type ManifestObject } from "../../domain/objects";
import { permissionProblems } from "../../checks/permissions";
import { startEngine } from "../support/engine";
import { useStackFile } from "../support/stack";

interface Question extends Resource {
    readonly verb: string;
}

const everything = { verb: "*", group: "*", resource: "*" };

/** A cluster that says no to everything at once and to one question, and notes what it is asked. */
function answering(refused: string | undefined, asked: Map<string, Question>): Cluster {
    const may = (verb: string, resource: Resource) => {
        const question = { verb, ...resource };
        const text = JSON.stringify(question);
        asked.set(text, question);
        return Promise.resolve(text !== JSON.stringify(everything) && text !== refused);
    };
    return { may } as unknown as Cluster;
}

/** As a refusal names it. */
function words({ verb, group, resource, name, namespace }: Question): string {
    const kind = `${resource}${group === "" ? "" : `.${group}`}`;
    const what = name === undefined ? kind : `${kind}/${name}`;
    return `${verb} of ${what}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

describe("The check of Kubernetes permissions", () => {
    let config: Config;
    let objects: Objects;

    before(async () => {
        process.env.GITHUB_TOKEN = "token-of-the-test";
        await startEngine("dev");
        useStackFile("Pulumi.dev.yaml", { "fluxcd:flux": { manifest: "test/fixtures/install.yaml" } });
        config = readConfig();
        const manifest = (await fluxManifest(config)) as ManifestObject[];
        ({ objects } = customize(manifest, config.flux.options, config.stack));
    });

    it("names each missing permission if exactly that permission is missing", async () => {
        const needed = new Map<string, Question>();
        assert.deepEqual(await permissionProblems(answering(undefined, needed), objects, config), []);
        needed.delete(JSON.stringify(everything));
        assert.ok(needed.size > 80);
        for (const [text, question] of needed) {
            const [problem, ...others] = await permissionProblems(answering(text, new Map()), objects, config);
            assert.equal(problem?.expected, `its user may not do all that the installation does: ${words(question)}`);
            assert.deepEqual(others, []);
        }
    });
});
