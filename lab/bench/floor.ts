import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { stringify } from "yaml";
import type { RequestRecord } from "../github/lab.ts";
import { shell } from "../shell.ts";
import { requests, workDirectory } from "./support.ts";

interface Manifest {
    readonly kind: string;
    readonly metadata: { readonly name: string };
}

/** What a stack made: enough to make the same without it. */
export interface Made {
    readonly asked: readonly RequestRecord[];
    /** In the order of their dependencies. */
    readonly objects: readonly Manifest[];
    /** The first content of each repository that was pushed to, as a bundle. */
    readonly pushed: Readonly<Record<string, Buffer>>;
}

interface State {
    readonly deployment: {
        readonly resources: readonly {
            readonly type: string;
            readonly external?: boolean;
            readonly inputs?: Manifest;
        }[];
    };
}

/** Takes from the stack's state and from what GitHub was asked since it was last forgotten, so it cannot drift from the program. */
export async function whatWasMade(stack: string): Promise<Made> {
    const state = JSON.parse(await shell(`pulumi stack export -s ${stack} --show-secrets`)) as State;
    const objects = state.deployment.resources
        .filter(({ type, external }) => type.startsWith("kubernetes:") && !external)
        .flatMap(({ inputs }) => (inputs === undefined ? [] : [revealed(inputs) as Manifest]));
    const asked = (await requests()).filter(({ via }) => via === "rest" || via === "graphql" || via === "git-http");
    const names = asked.flatMap((request) => repositoryPushedTo(request) ?? []);
    const pushed = await Promise.all(names.map(async (name) => [name, await bundle(name)] as const));
    return { asked, objects, pushed: Object.fromEntries(pushed) };
}

/** A secret stands in the state as its JSON, in an object with the signature of secrets. */
function revealed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(revealed);
    if (typeof value !== "object" || value === null) return value;
    if ("plaintext" in value && typeof value.plaintext === "string") return revealed(JSON.parse(value.plaintext));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

function repositoryPushedTo({ method, path }: RequestRecord): string | undefined {
    return method === "POST" ? /^\/(.+)\.git\/git-receive-pack$/.exec(path)?.[1] : undefined;
}

async function bundle(repository: string): Promise<Buffer> {
    const clone = join(workDirectory, repository);
    mkdirSync(workDirectory, { recursive: true });
    await shell(`git clone -q --bare $LAB_GITHUB_URL/${repository}.git ${clone}`);
    const encoded = await shell(`git bundle create -q - main | base64`, undefined, clone);
    return Buffer.from(encoded, "base64");
}

/** Has what is to be pushed at hand, as a person has who would push it. */
export async function prepare({ pushed, objects }: Made): Promise<void> {
    for (const [name, content] of Object.entries(pushed)) {
        mkdirSync(join(workDirectory, name), { recursive: true });
        writeFileSync(join(workDirectory, `${name}.bundle`), content);
        await shell(`git clone -q --bare ${name}.bundle ${name}`, undefined, workDirectory);
    }
    const crds = objects.filter(({ kind }) => ["Namespace", "CustomResourceDefinition"].includes(kind));
    const kustomizations = objects.filter(({ kind }) => kind === "Kustomization");
    const others = objects.filter((object) => !crds.includes(object) && !kustomizations.includes(object));
    const files = Object.fromEntries(kustomizations.map((object) => [object.metadata.name, [object]]));
    for (const [file, manifests] of Object.entries({ crds, others, ...files })) {
        const text = manifests.map((manifest) => stringify(manifest)).join("---\n");
        writeFileSync(join(workDirectory, `${file}.yaml`), text, { mode: 0o600 });
    }
}

/**
 * Asks GitHub the same, one after the other and with a pause between writes, and is sure that it answers the same. Gives
 * the seconds without the pauses.
 */
export async function askAgain({ asked }: Made, pauseMs: number): Promise<number> {
    const [url = "", token = ""] = (await shell('printf "%s\\n%s" $LAB_GITHUB_URL $GITHUB_TOKEN')).split("\n");
    let seconds = 0;
    let wrote = false;
    for (const request of asked) {
        if (request.kind === "write" && wrote) await setTimeout(pauseMs);
        wrote ||= request.kind === "write";
        const start = performance.now();
        await askOnce(request, url, token);
        seconds += (performance.now() - start) / 1000;
    }
    return seconds;
}

async function askOnce(request: RequestRecord, url: string, token: string): Promise<void> {
    const { method, path, body, via, status } = request;
    const repository = repositoryPushedTo(request);
    if (repository !== undefined) {
        await shell(`git push -q $LAB_GITHUB_URL/${repository}.git main`, undefined, join(workDirectory, repository));
        return;
    }
    // What else git asks, a push asks by itself.
    if (via === "git-http") return;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    await answer.arrayBuffer();
    // The provider asks whether something has changed since, and a script does not.
    if (answer.status !== status && status !== 304)
        throw new Error(`${method} ${path} answers ${answer.status}, and ${status} before`);
}

/** The shortest script that ends where the stack does: with every controller available, and every Kustomization ready. */
export const applyAgain = [
    "apply --server-side -f crds.yaml",
    "wait --timeout=120s --for=condition=Established crd --all",
    "apply --server-side -f others.yaml",
    // Earlier, Flux would look again only after half a minute whether what it depends on is ready.
    ...["infrastructure", "infrastructure-configs", "apps"].flatMap((name) => [
        `apply --server-side -f ${name}.yaml`,
        `wait --timeout=120s -n flux-system --for=condition=Ready kustomization/${name}`,
    ]),
    "wait --timeout=120s -n flux-system --for=condition=Available deployment --all",
]
    .map((command) => `kubectl --context dev ${command}`)
    .join(" && ");
