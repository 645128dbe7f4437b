import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parseAllDocuments, stringify } from "yaml";

import { githubToken, readConfig } from "../../config";
import { check } from "../../checks";
import { fitProblems } from "../../checks/fit";
import { GitHub } from "../../clients/github";
import type { ManifestObject } from "../../domain/objects";
import { type Written, written } from "../../checks/written";
import { explain } from "../../domain/problem";
import { startEngine } from "../support/engine";
import { asked } from "../support/installed";
import { runProgram } from "../support/program";
import { sshKey } from "../support/publicKeys";
import { refusal } from "../support/refusal";
import { scratchFolder } from "../support/scratch";
import { useStackFile } from "../support/stack";
import { startWorld, type World } from "../support/world";

type Schema = Record<string, unknown> & { properties: Record<string, Schema>; items: Schema; enum: string[] };
type Definition = ManifestObject & {
    spec: { versions: { name: string; served: boolean; schema: { openAPIV3Schema: Schema } }[] };
};

/** The CRDs of Flux 2.9, anew for each test. */
function definitions(): Definition[] {
    const text = readFileSync("test/fixtures/definitions.yaml", "utf8");
    return parseAllDocuments(text).map((document) => document.toJS() as Definition);
}

function versionOf(all: readonly Definition[], plural: string) {
    const [version] = all.find(({ metadata }) => metadata.name.startsWith(`${plural}.`))?.spec.versions ?? [];
    assert.ok(version, plural);
    return version;
}

function specOf(all: readonly Definition[], plural: string): Schema["properties"] {
    const { properties } = versionOf(all, plural).schema.openAPIV3Schema;
    assert.ok(properties.spec);
    return properties.spec.properties;
}

/** Without this value, or without the field where none is named. */
function take(all: readonly Definition[], plural: string, field: string, value?: string): void {
    const spec = specOf(all, plural);
    const schema = spec[field];
    assert.ok(schema, `${plural} have no ${field}`);
    if (value === undefined) {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- this is how a schema loses a field
        delete spec[field];
    } else {
        assert.ok(schema.enum.includes(value));
        schema.enum = schema.enum.filter((it) => it !== value);
    }
}

/** A file with a whole release of Flux, which has these CRDs. */
function manifestWith(all: readonly Definition[]): string {
    const text = readFileSync("test/fixtures/install.yaml", "utf8");
    const release = parseAllDocuments(text).map((document) => document.toJS() as ManifestObject);
    const reflector = release.find(
        ({ kind, metadata }) => kind === "Deployment" && metadata.name.includes("reflector"),
    );
    assert.ok(reflector);
    const rest = release.filter(({ kind }) => kind !== "CustomResourceDefinition");
    const automation = { ...reflector, metadata: { ...reflector.metadata, name: "image-automation-controller" } };
    const file = join(scratchFolder(), "install.yaml");
    writeFileSync(file, [...rest, automation, ...all].map((object) => `---\n${stringify(object)}`).join(""));
    return file;
}

/** The path of each field, of a list's elements without their places. */
function pathsOf(value: unknown, path = ""): string[] {
    const fields = Array.isArray(value)
        ? value.flatMap((each) => pathsOf(each, path))
        : typeof value === "object" && value !== null
          ? Object.entries(value).flatMap(([name, each]) => pathsOf(each, `${path}.${name}`))
          : [path];
    return [...new Set(fields)].sort();
}

const linesOf = ({ apiVersion, kind, spec }: Pick<Written, "apiVersion" | "kind" | "spec">) =>
    [`${apiVersion} ${kind}`, ...pathsOf(spec)].join("\n  ");

/** Flux 2.5 has no `commitStatusExpr`, no `WaitForTermination` and an image API that is a beta. */
function flux25(): Definition[] {
    const all = definitions();
    take(all, "providers", "commitStatusExpr");
    take(all, "kustomizations", "deletionPolicy", "WaitForTermination");
    for (const plural of ["imagerepositories", "imagepolicies", "imageupdateautomations"]) {
        versionOf(all, plural).name = "v1beta2";
    }
    return all;
}

/** Flux 2.4 has no `deletionPolicy` either, and reads with no GitHub App. */
function flux24(): Definition[] {
    const all = flux25();
    take(all, "kustomizations", "deletionPolicy");
    take(all, "gitrepositories", "provider", "github");
    return all;
}

const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
});
const app = {
    set: { "fluxcd:identity": { kind: "githubApp", appId: 1, installationId: 2 } },
    secrets: { "fluxcd:githubAppPrivateKey": privateKey },
};
const components = [
    ...["source-controller", "kustomize-controller", "helm-controller", "notification-controller"],
    ...["image-reflector-controller", "image-automation-controller"],
];
const policies = { podinfo: { image: "ghcr.io/stefanprodan/podinfo", semver: ">=6.0.0" } };

interface Settings {
    readonly set?: Record<string, unknown>;
    readonly secrets?: Record<string, string>;
}

describe("The check that a Flux release supports the stack's settings", () => {
    let world: World;

    beforeEach(async () => {
        world = await startWorld();
        await startEngine("dev");
    });

    afterEach(() => world.close());

    function use({ set = {}, secrets = {} }: Settings): void {
        useStackFile("Pulumi.dev.yaml", { "fluxcd:flux": { manifest: "test/fixtures/install.yaml" }, ...set }, secrets);
    }

    /** What does not fit, as people read it; empty where all does. */
    function unfit(all: readonly Definition[], settings: Settings = {}): string {
        use(settings);
        return explain(fitProblems(readConfig(), all));
    }

    it("accepts a release that has every field, with a deploy key and with a GitHub App", () => {
        assert.equal(unfit(definitions()), "");
        assert.equal(unfit(definitions(), app), "");
    });

    it("refuses Flux 2.4, which has no deletionPolicy", () => {
        const says = unfit(flux24());
        assert.match(says, /fluxcd:fluxVersion is "v2.9.5"\n.* The program needs Flux v2\.5\.0 or newer/);
        assert.match(says, /Kustomization has no spec\.deletionPolicy \(the Kustomization apps\)/);
        assert.match(says, /fix: pulumi config set --stack dev fluxcd:fluxVersion/);
        assert.match(unfit(flux24(), app), /GitRepository has no spec\.provider github \(the source apps\)/);
    });

    it("accepts Flux 2.5, the oldest supported release, and refuses options that it does not have", () => {
        assert.equal(unfit(flux25()), "");
        assert.equal(unfit(flux25(), app), "");
        const apps = { deletionPolicy: "WaitForTermination", serviceAccountName: "apps-reconciler" };
        assert.match(
            unfit(flux25(), { set: { "fluxcd:kustomizations": { apps } } }),
            /no spec\.deletionPolicy WaitForTermination \(the Kustomization apps\)/,
        );
        const status = { set: { "fluxcd:commitStatus": "token" }, secrets: { "fluxcd:commitStatusToken": "ghp_AAAA" } };
        assert.match(unfit(flux25(), status), /Provider has no spec\.commitStatusExpr \(fluxcd:commitStatus\)/);
    });

    it("refuses a release that does not serve the required version of a kind", () => {
        const all = definitions();
        versionOf(all, "kustomizations").name = "v1beta2";
        assert.match(unfit(all), /Kustomization has no version v1, only v1beta2/);
        const unserved = definitions();
        versionOf(unserved, "gitrepositories").served = false;
        assert.match(unfit(unserved), /GitRepository has no version v1, only/);
    });

    it("makes the update fail before it changes anything", async () => {
        use({ set: { "fluxcd:flux": { manifest: manifestWith(flux24()) } } });
        const config = readConfig();
        const refused = refusal("fluxcd:fluxVersion", "Kustomization has no spec.deletionPolicy");
        await assert.rejects(check(config, new GitHub(config.github, githubToken())), refused);
    });

    it("knows every field of every Flux object that the program registers", async () => {
        const engine = await startEngine("dev");
        const platform = "GET /api/v3/repos/misua/platform";
        world.answers.set(platform, world.answers.get("GET /api/v3/repos/misua/fluxcd-apps"));
        world.answers.set(`${platform}/commits/heads/main`, { sha: "1".repeat(40) });
        for (const repository of ["fluxcd-infrastructure", "fluxcd-apps", "platform"]) {
            world.answers.set(`GET /api/v3/repos/misua/${repository}/hooks?per_page=1`, []);
        }
        const verify = { mode: "HEAD", keys: [sshKey] };
        const applied = { source: "podinfo", path: "./deploy", targetNamespace: "podinfo", substitute: { A: "b" } };
        use({
            set: {
                ...app.set,
                "fluxcd:flux": { manifest: manifestWith(definitions()), components },
                "fluxcd:imageAutomation": { policies },
                "fluxcd:protection": { enforceAdmins: true },
                "fluxcd:sources": {
                    infrastructure: { branch: "main" },
                    apps: { branch: "main", verify, suspend: true },
                    platform: { repository: "platform", branch: "main" },
                    podinfo: { url: "https://github.com/stefanprodan/podinfo", semver: ">=6.0.0" },
                },
                "fluxcd:kustomizations": {
                    infrastructure: { decryption: "age", serviceAccountName: "deployer" },
                    apps: { decryption: "kms", suspend: true },
                    podinfo: { ...applied, dependsOn: ["apps"], deletionPolicy: "Delete" },
                },
                "fluxcd:notifications": { oncall: { type: "slack" } },
                "fluxcd:commitStatus": "githubApp",
                "fluxcd:webhook": { url: "https://flux.dev.example.com" },
            },
            secrets: {
                ...app.secrets,
                "fluxcd:sopsAgeKey": `AGE-SECRET-KEY-1${"Q".repeat(58)}`,
                "fluxcd:notificationAddresses": JSON.stringify({ oncall: "https://hooks.example.com/T0" }),
            },
        });
        const config = readConfig();
        const release = readFileSync(config.flux.manifest, "utf8");
        const objects = parseAllDocuments(release).map((document) => document.toJS() as ManifestObject);
        const ofKind = (kind: string) => ({ items: objects.filter((object) => object.kind === kind) });
        world.answers.set(asked.deployments, ofKind("Deployment"));
        world.answers.set(asked.definitions, ofKind("CustomResourceDefinition"));
        await runProgram();
        // What is read again at the end of an update has no spec.
        const registered = engine.registered.filter(
            ({ type, inputs }) => type.includes(".toolkit.fluxcd.io/") && inputs.spec !== undefined,
        );
        const made = registered.map(({ inputs }) => linesOf(inputs as unknown as Written));
        assert.ok(new Set(registered.map(({ inputs }) => inputs.kind)).size === 8, made.join("\n"));
        // Both repositories have a commit status, which is known once.
        assert.deepEqual([...new Set(written(config).map(linesOf))].sort(), [...new Set(made)].sort());
    });
});
