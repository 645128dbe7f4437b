import * as pulumi from "@pulumi/pulumi";
import type { MockMonitor, MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";

/** How Pulumi marks a secret on the wire. */
export const secretEnvelope = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** A resource as the program registered it. */
export interface Registered {
    readonly type: string;
    readonly name: string;
    /** The name of the component it belongs to, if any. */
    readonly parent: string | undefined;
    readonly inputs: Record<string, unknown>;
    readonly options: Record<string, unknown>;
}

export interface Engine {
    readonly registered: Registered[];
    /** The one resource of this type and name; fails where there is none. */
    one(type: string, name: string): Registered;
    ofType(type: string): Registered[];
    /** The names of the hooks that are asked when this resource fails. */
    errorHooksOf(type: string, name: string): string[];
}

export interface EngineOptions {
    /** Whether it only previews a stack that is there already, or one that is new, whose resources have no IDs yet. */
    readonly preview?: "existing" | "new";
    /** Answers to calls of functions, by their token. Any other call fails. */
    readonly calls?: Readonly<Record<string, (inputs: Readonly<Record<string, unknown>>) => object>>;
}

const computed: Readonly<Record<string, (args: MockResourceArgs) => object>> = {
    "pulumi:index:Stash": ({ inputs }) => ({ output: (inputs as { input: unknown }).input }),
    "kubernetes:core/v1:Secret": ({ name, inputs }) => {
        const { metadata } = inputs as { metadata: object };
        return { metadata: { name: `${name}-1a2b3c4d`, ...metadata } };
    },
    "random:index/randomPassword:RandomPassword": ({ name, inputs }) => {
        const { length } = inputs as { length: number };
        return { result: name.replaceAll("-", "").padEnd(length, "x").slice(0, length) };
    },
    "github:index/repository:Repository": ({ inputs }) => {
        const { name } = inputs as { name: string };
        return {
            sshCloneUrl: `git@github.com:misua/${name}.git`,
            httpCloneUrl: `https://github.com/misua/${name}.git`,
            htmlUrl: `https://github.com/misua/${name}`,
            nodeId: `node-of-${name}`,
        };
    },
};

/** What the engine answers about a stack that has never been updated. */
const usualCalls: NonNullable<EngineOptions["calls"]> = {
    "pulumi:pulumi:readStackResourceOutputs": () => ({ outputs: {} }),
};

/** Pulumi's mock engine, recording what is registered. `outputs` adds to what resources of a type compute. */
export async function startEngine(
    stack = "dev",
    outputs: Record<string, (name: string) => object> = {},
    { preview, calls = {} }: EngineOptions = {},
): Promise<Engine> {
    const registered: Registered[] = [];
    const errorHooks = new Map<Registered, string[]>();
    await pulumi.runtime.setMocks(
        {
            newResource(args) {
                const { type, name, id } = args;
                const inputs = args.inputs as Record<string, unknown>;
                const made = preview === "new" ? "" : `${name}-id`;
                return {
                    id: id === undefined || id === "" ? made : id,
                    state: { ...inputs, ...computed[type]?.(args), ...outputs[type]?.(name) },
                };
            },
            call({ token, inputs }) {
                const answer = calls[token] ?? usualCalls[token];
                if (!answer) {
                    throw new Error(`Mock call not implemented: ${token}`);
                }
                return answer(inputs as Record<string, unknown>);
            },
        },
        "fluxcd",
        stack,
        preview !== undefined,
        "organization",
    );
    record(pulumi.runtime.getMonitor() as unknown as MockMonitor, registered, errorHooks);
    const one = (type: string, name: string) => {
        const found = registered.find((it) => it.type === type && it.name === name);
        if (!found) {
            const names = registered.map((it) => `${it.type} ${it.name}`).join("\n  ");
            throw new Error(`No ${type} named ${name} was registered, only\n  ${names}`);
        }
        return found;
    };
    return {
        registered,
        one,
        ofType: (type) => registered.filter((it) => it.type === type),
        errorHooksOf: (type, name) => errorHooks.get(one(type, name)) ?? [],
    };
}

interface Request {
    getType(): string;
    getName(): string;
    getParent(): string;
    getObject?(): { toJavaScript(): Record<string, unknown> } | undefined;
    getProperties?(): { toJavaScript(): Record<string, unknown> } | undefined;
    getDependenciesList(): string[];
    getProvider?(): string;
    getRetainondelete?(): boolean;
    getReplaceonchangesList?(): string[];
    getIgnorechangesList?(): string[];
    getId?(): string;
    getImportid?(): string;
    getDeletebeforereplacedefined?(): boolean;
    getDeletebeforereplace?(): boolean;
    getHooks?(): { getOnErrorList(): string[] } | undefined;
    getCustomtimeouts?(): { toObject(): { create?: string; update?: string; delete?: string } } | undefined;
}

type Call = (request: Request, callback: (error: unknown, response: unknown) => void) => unknown;

/** Records requests as they arrive, with secrets in Pulumi's envelope, so that a value that stops being secret shows. */
function record(monitor: MockMonitor, registered: Registered[], errorHooks: Map<Registered, string[]>): void {
    const calls = monitor as unknown as Record<
        "registerResource" | "readResource" | "registerErrorHook" | "registerResourceHook",
        Call
    >;
    for (const method of ["registerResource", "readResource"] as const) {
        const forward = calls[method].bind(monitor);
        calls[method] = (request, callback) => {
            const described = describe(request);
            registered.push(described);
            errorHooks.set(described, request.getHooks?.()?.getOnErrorList() ?? []);
            return forward(request, callback);
        };
    }
    // The mock monitor knows transforms but no hooks. The engine refuses a second one of the same name.
    const hooks = new Set<string>();
    for (const method of ["registerErrorHook", "registerResourceHook"] as const) {
        calls[method] = (request, callback) => {
            const name = request.getName();
            callback(hooks.has(name) ? new Error(`A hook named ${name} is registered already.`) : null, {});
            hooks.add(name);
        };
    }
}

function describe(request: Request): Registered {
    const names = (urns: readonly string[]) => urns.map(nameOf).filter((name) => name !== "");
    const options = {
        dependsOn: names(request.getDependenciesList()).sort(),
        provider: nameOf(request.getProvider?.().split("::").slice(0, 4).join("::") ?? ""),
        retainOnDelete: request.getRetainondelete?.() ?? false,
        ignoreChanges: request.getIgnorechangesList?.() ?? [],
        replaceOnChanges: request.getReplaceonchangesList?.() ?? [],
        id: request.getId?.() ?? "",
        import: request.getImportid?.() ?? "",
        customTimeouts: timeoutsOf(request),
    };
    const deleteBeforeReplace = request.getDeletebeforereplacedefined?.() === true && {
        deleteBeforeReplace: request.getDeletebeforereplace?.(),
    };
    return {
        type: request.getType(),
        name: request.getName(),
        parent: nameOf(request.getParent()) || undefined,
        inputs: (request.getObject?.() ?? request.getProperties?.())?.toJavaScript() ?? {},
        options: {
            ...Object.fromEntries(Object.entries(options).filter(([, it]) => !isEmpty(it))),
            ...deleteBeforeReplace,
        },
    };
}

/** The limits that are set, by operation; empty for none. */
function timeoutsOf(request: Request): Record<string, string> | "" {
    const { create, update, delete: deletion } = request.getCustomtimeouts?.()?.toObject() ?? {};
    const set = Object.entries({ create, update, delete: deletion }).filter(([, limit]) => (limit ?? "") !== "");
    return set.length === 0 ? "" : (Object.fromEntries(set) as Record<string, string>);
}

function nameOf(urn: string): string {
    return urn.split("::")[3] ?? "";
}

function isEmpty(value: unknown): boolean {
    return value === false || value === "" || (Array.isArray(value) && value.length === 0);
}
