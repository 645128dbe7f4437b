import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { execa } from "execa";
import { checkout } from "../paths.ts";
import type { Operation } from "./operations.ts";
import { owner, repositories, type Stack, stacks, type World } from "./world.ts";

/** What is looked at after a case. */
export interface Aftermath {
    readonly world: World;
    readonly operation: Operation;
    /** Everything that Pulumi printed. */
    readonly printed: string;
    readonly workloadsBefore: Workloads;
}

/** A thing that must hold after every fault, and in whose words it does not: nothing where all is well. */
export interface Invariant {
    readonly name: string;
    readonly what: string;
    readonly check: (aftermath: Aftermath) => Promise<string[]>;
}

interface Named {
    readonly metadata: { readonly name: string; readonly uid: string };
}

/** The Deployments and pods of the apps, by their names, with their uids. */
export interface Workloads {
    readonly deployments: Readonly<Record<string, string>>;
    readonly pods: Readonly<Record<string, string>>;
}

export async function workloadsOf(world: World, stack: Stack): Promise<Workloads> {
    const uids = (objects: readonly Named[]) =>
        Object.fromEntries(objects.map(({ metadata: { name, uid } }) => [name, uid]));
    const [deployments, pods] = await Promise.all([
        world.objects<Named>(stack, "/apis/apps/v1/namespaces/podinfo/deployments"),
        world.objects<Named>(stack, "/api/v1/namespaces/podinfo/pods"),
    ]);
    return { deployments: uids(deployments), pods: uids(pods) };
}

async function keepWorkloads({ world, operation, workloadsBefore: before }: Aftermath): Promise<string[]> {
    const after = await workloadsOf(world, operation.stack);
    const kinds = operation.keepsPods ? (["deployments", "pods"] as const) : (["deployments"] as const);
    return kinds.flatMap((kind) =>
        Object.entries(before[kind])
            .filter(([name, uid]) => after[kind][name] !== uid)
            .map(([name]) => `${name} of the ${kind} is not the one that ran before`),
    );
}

interface DeployKey {
    readonly title: string;
    readonly key: string;
}

interface Secret extends Named {
    readonly data?: Readonly<Record<string, string>>;
}

interface Source extends Named {
    readonly spec: { readonly secretRef?: { readonly name: string } };
}

const keyOf = (text: string) => text.split(" ")[1] ?? "";
const decoded = (text: string) => Buffer.from(text, "base64").toString();

/** The Secrets that a cluster's sources read with, and the others that look like one. */
async function credentials(world: World, stack: Stack): Promise<{ used: Secret[]; unused: Secret[] }> {
    const [secrets, sources] = await Promise.all([
        world.objects<Secret>(stack, "/api/v1/namespaces/flux-system/secrets"),
        world.objects<Source>(stack, "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories"),
    ]);
    const names = sources.map(({ spec }) => spec.secretRef?.name);
    const candidates = secrets.filter(({ data }) => data?.identity !== undefined);
    const isUsed = ({ metadata }: Secret) => names.includes(metadata.name);
    return { used: candidates.filter(isUsed), unused: candidates.filter((secret) => !isUsed(secret)) };
}

/** One of everything on GitHub. */
async function nothingTwice({ world }: Aftermath): Promise<string[]> {
    const perRepository = repositories.map(async (repository) => {
        const [keys, rulesets, hooks, commits, protections] = await Promise.all([
            world.list<DeployKey>(repository, "keys"),
            world.list<{ name: string }>(repository, "rulesets"),
            world.list<{ config: { url: string } }>(repository, "hooks"),
            world.list<{ commit: { message: string } }>(repository, "commits"),
            protectionsOf(world, repository),
        ]);
        const first = commits.filter(({ commit }) => commit.message.startsWith("Start from the fluxcd scaffold"));
        const things = {
            "deploy key": keys.map(({ title }) => title),
            ruleset: rulesets.map(({ name }) => name),
            webhook: hooks.map(({ config }) => new URL(config.url).host),
            "first commit": first.map(() => "the scaffold"),
            "rule for a branch": protections,
        };
        return Object.entries(things).flatMap(([what, names]) =>
            names
                .filter((name, at) => names.indexOf(name) !== at)
                .map((name) => `${repository} has more than one ${what}: ${name}`),
        );
    });
    return (await Promise.all(perRepository)).flat();
}

async function protectionsOf(world: World, repository: string): Promise<string[]> {
    const rules = "branchProtectionRules(first: 10) { nodes { pattern } }";
    const query = `{ repository(owner: "${owner}", name: "${repository}") { ${rules} } }`;
    const { data } = await world.github<{
        data: { repository: { branchProtectionRules: { nodes: { pattern: string }[] } } | null };
    }>("POST", "/api/graphql", { query });
    return data.repository?.branchProtectionRules.nodes.map(({ pattern }) => pattern) ?? [];
}

/** Every deploy key is one that a cluster reads with, and no Secret holds a key that nobody reads with. */
async function nothingOrphaned({ world }: Aftermath): Promise<string[]> {
    const found = await Promise.all(stacks.map((stack) => credentials(world, stack)));
    const known = found.flatMap(({ used }) => used.map(({ data }) => keyOf(decoded(data?.["identity.pub"] ?? ""))));
    const keys = await Promise.all(
        repositories.map(async (repository) =>
            (await world.list<DeployKey>(repository, "keys"))
                .filter(({ key }) => !known.includes(keyOf(key)))
                .map(({ title }) => `${repository} has the deploy key ${title}, with which no cluster reads`),
        ),
    );
    const secrets = found.flatMap(({ unused }, at) =>
        unused.map(({ metadata }) => `Secret ${metadata.name} of ${stacks[at] ?? ""} holds a key that no source uses`),
    );
    return [...keys.flat(), ...secrets];
}

/** What must never be read: the lab's token and passphrase, and whatever is private in a cluster's Secrets. */
async function secretsOf(world: World): Promise<[string, string][]> {
    const all = await Promise.all(
        stacks.map((stack) => world.objects<Secret>(stack, "/api/v1/namespaces/flux-system/secrets")),
    );
    const fields = all.flat().flatMap(({ data }) => Object.entries(data ?? {}));
    const values = fields.filter(([name]) => ["identity", "token", "password"].includes(name));
    const lines = values.flatMap(([name, value]) => [
        [name, value] as [string, string],
        ...decoded(value)
            .split("\n")
            .filter((line) => line.length >= 32 && !line.startsWith("-----"))
            .map((line): [string, string] => [name, line]),
    ]);
    return [
        ["the token", world.variable("GITHUB_TOKEN")],
        ["the passphrase", world.variable("PULUMI_CONFIG_PASSPHRASE")],
        ...lines,
    ];
}

/** Pulumi writes a log of every command there, with all that it says to a provider. */
export function ownLogs(world: World): string {
    return join(world.variable("PULUMI_HOME"), "logs");
}

async function noSecretSaid({ world, printed }: Aftermath): Promise<string[]> {
    const secrets = await secretsOf(world);
    const directories = [new URL(world.variable("PULUMI_BACKEND_URL")).pathname, ownLogs(world)];
    const files = directories
        .filter((directory) => existsSync(directory))
        .flatMap((directory) => readdirSync(directory, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile());
    const texts = [
        ["what Pulumi printed", printed] as const,
        ...files.map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), "latin1")] as const),
    ];
    return texts.flatMap(([where, text]) =>
        secrets.filter(([, secret]) => text.includes(secret)).map(([what]) => `${where} holds a secret: ${what}`),
    );
}

/** Flux's own state after an `up`: every Kustomization Ready. After a destroy: nothing of Flux, nothing of the stack's on GitHub. */
async function wholeOrGone({ world, operation: { stack, command } }: Aftermath): Promise<string[]> {
    if (command === "destroy") return leftOf(world, stack);
    // A controller that was killed is started again after a while, and the engine has not waited for all of them.
    const deadline = performance.now() + 90_000;
    for (;;) {
        const wrong = await unhealthy(world, stack);
        if (wrong.length === 0 || performance.now() > deadline) return wrong;
        await pause(500);
    }
}

/** Those of every stack, sorted. */
const kustomizations = ["apps", "infrastructure", "infrastructure-configs"];

async function unhealthy(world: World, stack: Stack): Promise<string[]> {
    interface Kustomization extends Named {
        readonly status?: { readonly conditions?: readonly { type: string; status: string; message: string }[] };
    }
    const all = await world.objects<Kustomization>(
        stack,
        "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations",
    );
    const wrong = all.flatMap(({ metadata, status }) => {
        const ready = status?.conditions?.find(({ type }) => type === "Ready");
        return ready?.status === "True" ? [] : [`Kustomization ${metadata.name}: ${ready?.message ?? "no condition"}`];
    });
    const names = all.map(({ metadata }) => metadata.name).sort();
    const isWhole = names.join() === kustomizations.join();
    return isWhole
        ? wrong
        : [`The Kustomizations are ${names.join(", ")}, and not ${kustomizations.join(", ")}`, ...wrong];
}

async function leftOf(world: World, stack: Stack): Promise<string[]> {
    const namespace = await world.cluster(stack, "/api/v1/namespaces/flux-system");
    const definitions = await world.objects<Named>(
        stack,
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?labelSelector=app.kubernetes.io/part-of=flux",
    );
    const keys = await Promise.all(repositories.map((repository) => world.list<DeployKey>(repository, "keys")));
    return [
        ...(namespace === undefined ? [] : ["The namespace flux-system is still there"]),
        ...definitions.map(({ metadata }) => `CustomResourceDefinition ${metadata.name} is still there`),
        ...keys.flat().flatMap(({ title }) => (title === `flux-${stack}` ? [`The deploy key ${title} is left`] : [])),
    ];
}

async function standInBlameless({ world }: Aftermath): Promise<string[]> {
    const errors = await world.github<{ method: string; path: string; message: string }[]>("GET", "/_lab/errors");
    return errors.map(({ method, path, message }) => `GitHub's stand-in is to blame: ${method} ${path}: ${message}`);
}

async function checkoutClean(): Promise<string[]> {
    const { stdout } = await execa("git", ["status", "--porcelain", "--", "Pulumi*.yaml"], { cwd: checkout });
    return stdout === "" ? [] : [`The run has changed ${stdout}`];
}

export const invariants: readonly Invariant[] = [
    { name: "whole", what: "Flux is whole and healthy, or gone after a destroy", check: wholeOrGone },
    { name: "workloads", what: "what ran keeps running", check: keepWorkloads },
    { name: "nothing-twice", what: "nothing on GitHub is there twice", check: nothingTwice },
    { name: "no-orphan", what: "no key belongs to nobody", check: nothingOrphaned },
    {
        name: "no-secret",
        what: "no secret is printed, in the state, or in the log that Pulumi writes of every command",
        check: noSecretSaid,
    },
    { name: "stack-files", what: "the stack files are as they were", check: checkoutClean },
    { name: "stand-in", what: "GitHub's stand-in had an answer to everything", check: standInBlameless },
];
