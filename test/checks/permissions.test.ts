import assert from "node:assert/strict";

import { type Config, readConfig } from "../../config";
import { customize } from "../../manifest/customize";
import type { Objects } from "../../domain/objects";
import type { Cluster, Resource } from "../../clients/cluster";
import { fluxManifest } from "../../clients/manifest";
import { type ManifestObject } from "../../domain/objects";
import { lookAtRights } from "../../checks/permissions";
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

/** Whether a preview needs it: it reads everything but Secrets, and only a destroy lists all kinds. */
function isRead({ verb, resource }: Question): boolean {
    return /^(get|list|watch)$/.test(verb) && resource !== "secrets" && resource !== "*";
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
        const all = await lookAtRights(answering(undefined, needed), objects, config);
        assert.deepEqual(all, { problems: [], mayRead: true });
        needed.delete(JSON.stringify(everything));
        assert.ok(needed.size > 80);
        for (const [text, question] of needed) {
            const { problems, mayRead } = await lookAtRights(answering(text, new Map()), objects, config);
            const [problem, ...others] = problems;
            assert.equal(problem?.expected, `its user may not do all that the installation does: ${words(question)}`);
            assert.deepEqual(others, []);
            assert.equal(mayRead, !isRead(question), text);
        }
    });

    it("finds that a user may preview who may only read, and no Secret", async () => {
        const may = (verb: string, resource: Resource) => Promise.resolve(isRead({ verb, ...resource }));
        const { problems, mayRead } = await lookAtRights({ may } as unknown as Cluster, objects, config);
        assert.equal(mayRead, true);
        const [problem] = problems;
        assert.match(problem?.expected ?? "", /create, patch, delete of .*namespaces/);
        assert.match(problem?.expected ?? "", /get, list, watch, create, patch, delete of secrets in flux-system/);
    });
});
