import { removeConfig, setConfig } from "../domain/commands";
import { inOrder } from "../domain/dependencies";
import type { Problem } from "../domain/problem";
import { compact } from "../domain/records";
import { accountProblems, type PolicyRule } from "./access";
import type { DecryptionMode } from "./decryption";
import { type KustomizationKeys, kustomizationSchema } from "./fluxObjects";
import { type HealthEntries, healthProblems } from "./healthChecks";
import { presetNames } from "./healthPresets";
import type { Parsed } from "./sources";

/** A Kustomization of the stack. */
export interface Kustomization {
    readonly name: string;
    /** The name of the source that it applies. */
    readonly source: string;
    /** The folder that it applies, relative to the repository's root. */
    readonly path: string;
    /** The Kustomizations that must be ready before this one. */
    readonly dependsOn: readonly string[];
    readonly targetNamespace: string | undefined;
    readonly interval: string;
    readonly retryInterval: string;
    readonly timeout: string;
    readonly prune: boolean;
    readonly wait: boolean;
    /** How Flux judges kinds whose health it cannot know; undefined if it judges all of them by itself. */
    readonly healthCheckExprs: HealthEntries | undefined;
    readonly deletionPolicy: KustomizationKeys["deletionPolicy"];
    /** The account in Flux's namespace that it applies as; undefined for kustomize-controller's own. */
    readonly serviceAccountName: string | undefined;
    /** The rights of an account that the stack creates for it; undefined if the stack creates none. */
    readonly rules: readonly PolicyRule[] | undefined;
    readonly substitute: Readonly<Record<string, string>> | undefined;
    readonly shard: string | undefined;
    readonly decryption: DecryptionMode | undefined;
    /** True stops Flux here, false resumes it; undefined leaves it as it is in the cluster. */
    readonly suspend: boolean | undefined;
}

export type Kustomizations = Readonly<Record<string, Kustomization>>;

/** An entry that each stack has, even if its file does not name it. */
interface BuiltIn {
    readonly source: string;
    /** The folder of the environments' overlays, relative to the repository's root. */
    readonly folder: string;
    readonly dependsOn: readonly string[];
    readonly interval: string;
    readonly healthCheckExprs?: HealthEntries;
    /** The entry whose rights it has if it names none: a limit of a repository must hold for all of its folders. */
    readonly rightsOf?: string;
}

/**
 * Operators and definitions come first, then what needs them, then the apps: Flux dry-runs all objects of a Kustomization
 * before it applies one, so an operator and an object of its kinds cannot be in the same.
 */
const builtIn: Readonly<Record<string, BuiltIn>> = {
    infrastructure: { source: "infrastructure", folder: "infrastructure", dependsOn: [], interval: "10m" },
    "infrastructure-configs": {
        source: "infrastructure",
        folder: "infrastructure/configs",
        dependsOn: ["infrastructure"],
        interval: "10m",
        healthCheckExprs: presetNames.map((preset) => ({ preset })),
        rightsOf: "infrastructure",
    },
    apps: { source: "apps", folder: "apps", dependsOn: ["infrastructure-configs"], interval: "5m" },
};

/** The built-in entry that a stack file may leave out, for a repository that has no second step of infrastructure. */
export const optionalKustomization = "infrastructure-configs";

interface Keys {
    readonly kustomizations: Readonly<Record<string, KustomizationKeys>>;
    readonly suspend: boolean;
}

interface Where {
    readonly stack: string;
    readonly environment: string;
    /** The names of the stack's sources. */
    readonly sources: readonly string[];
    /** The account of a Kustomization that names none; undefined for kustomize-controller's own. */
    readonly account: string | undefined;
}

/** The Kustomizations, and each problem that can be found offline. */
export function kustomizationsOf(keys: Keys, where: Where): Parsed<Kustomization> {
    const isLeftOut = (name: string) => name === optionalKustomization && keys.kustomizations[name]?.enabled === false;
    const names = [...new Set([...Object.keys(builtIn), ...Object.keys(keys.kustomizations)])];
    const parsed = names.filter((name) => !isLeftOut(name)).map((name) => kustomizationOf(name, keys, where));
    const entries = Object.fromEntries(parsed.map(({ entry }) => [entry.name, entry]));
    const problems = [
        ...parsed.flatMap((it) => it.problems),
        ...referenceProblems(entries, where.sources, where.stack),
        ...cycleProblems(entries, where.stack),
    ];
    return { entries, problems };
}

function kustomizationOf(name: string, keys: Keys, where: Where) {
    const { stack, environment, account } = where;
    const key = `fluxcd:kustomizations.${name}`;
    const built = builtInOf(name, keys);
    const { source, path, dependsOn, interval, ...rest } = keys.kustomizations[name] ?? kustomizationSchema.parse({});
    const limited = (rest.rules ?? rest.serviceAccountName) ? rest : keys.kustomizations[built?.rightsOf ?? name];
    const healthCheckExprs = rest.healthCheckExprs ?? (rest.wait ? built?.healthCheckExprs : undefined);
    const missing = (field: string, expected: string): Problem[] => [
        {
            key: `${key}.${field}`,
            expected: `is missing: ${expected}`,
            fix: setConfig(stack, `${key}.${field}`, "<value>"),
        },
    ];
    const builtPath = built && `./${built.folder}/overlays/${environment}`;
    const problems = [
        ...(source === undefined && !built ? missing("source", "expected the name of a source") : []),
        ...(path === undefined && !built
            ? missing("path", "expected a folder relative to the root of the repository")
            : []),
        ...enabledProblems(key, rest.enabled, stack),
        ...accountProblems(key, { name, rules: rest.rules, serviceAccountName: rest.serviceAccountName }, stack),
        ...healthProblems(key, { entries: healthCheckExprs, wait: rest.wait }, stack),
    ];
    const entry: Kustomization = {
        name,
        source: source ?? built?.source ?? "",
        path: path ?? builtPath ?? "",
        dependsOn: dependsOn ?? built?.dependsOn ?? [],
        interval: interval ?? built?.interval ?? "10m",
        targetNamespace: rest.targetNamespace,
        retryInterval: rest.retryInterval,
        timeout: rest.timeout,
        prune: rest.prune,
        wait: rest.wait,
        healthCheckExprs,
        deletionPolicy: rest.deletionPolicy,
        serviceAccountName: limited?.serviceAccountName ?? account,
        rules: limited?.rules,
        substitute: rest.substitute,
        shard: rest.shard,
        decryption: rest.decryption,
        suspend: keys.suspend || rest.suspend,
    };
    return { entry, problems };
}

/** The source that a built-in Kustomization applies if the stack file names none; undefined for any other name. */
export function builtInSource(name: string): string | undefined {
    return Object.hasOwn(builtIn, name) ? builtIn[name]?.source : undefined;
}

/** What each stack has of this name, without dependencies that its file leaves out. */
function builtInOf(name: string, keys: Keys): BuiltIn | undefined {
    const built = builtIn[name];
    const isThere = (other: string) => keys.kustomizations[other]?.enabled !== false;
    const dependsOn = built?.dependsOn.flatMap((other) => (isThere(other) ? other : (builtIn[other]?.dependsOn ?? [])));
    return built && dependsOn && { ...built, dependsOn };
}

function enabledProblems(key: string, enabled: boolean, stack: string): Problem[] {
    const expected = `only ${optionalKustomization} can be left out: expected true, or no such key`;
    const fix = removeConfig(stack, `${key}.enabled`);
    return enabled ? [] : [{ key: `${key}.enabled`, value: enabled, expected, fix }];
}

function referenceProblems(kustomizations: Kustomizations, sources: readonly string[], stack: string): Problem[] {
    return Object.values(kustomizations).flatMap(({ name, source, dependsOn }) => {
        const key = `fluxcd:kustomizations.${name}`;
        const unknown = (field: string, value: string, names: readonly string[], fix: string): Problem => ({
            key: `${key}.${field}`,
            value,
            expected: `this name does not exist; expected one of ${names.join(", ")}`,
            fix,
        });
        const others = Object.keys(kustomizations);
        return [
            ...(source === "" || sources.includes(source)
                ? []
                : [unknown("source", source, sources, setConfig(stack, `${key}.source`, "<name>"))]),
            ...dependsOn.flatMap((other, index) => {
                const field = `dependsOn[${index}]`;
                const fix = removeConfig(stack, `${key}.${field}`);
                return others.includes(other) ? [] : [unknown(field, other, others, fix)];
            }),
        ];
    });
}

function cycleProblems(kustomizations: Kustomizations, stack: string): Problem[] {
    const { cycle } = inOrder(dependenciesOf(kustomizations));
    const [name = ""] = cycle;
    const key = `fluxcd:kustomizations.${name}.dependsOn`;
    const value = kustomizations[name]?.dependsOn;
    const expected = `the dependencies form a cycle, and each would wait forever: ${cycle.join(" -> ")}`;
    return cycle.length > 0 ? [{ key, value, expected, fix: removeConfig(stack, key) }] : [];
}

/** The names that each Kustomization depends on, by its own name. */
export function dependenciesOf(kustomizations: Kustomizations): Map<string, readonly string[]> {
    return new Map(Object.values(kustomizations).map(({ name, dependsOn }) => [name, dependsOn]));
}

/** The Kustomizations, each after those that it depends on. */
export function inDependencyOrder(kustomizations: Kustomizations): readonly Kustomization[] {
    return inOrder(dependenciesOf(kustomizations)).order.flatMap((name) => kustomizations[name] ?? []);
}

/** The Kustomizations that apply a source. */
export function appliedFrom(kustomizations: Kustomizations, source: string): readonly Kustomization[] {
    return Object.values(kustomizations).filter((each) => each.source === source);
}

/** Maps each Kustomization in the order of dependencies. `earlier` has the results for those that it depends on. */
export function mapInOrder<T>(
    kustomizations: Kustomizations,
    make: (settings: Kustomization, earlier: readonly T[]) => T,
): Record<string, T> {
    const made: Record<string, T> = {};
    for (const settings of inDependencyOrder(kustomizations)) {
        made[settings.name] = make(settings, compact(settings.dependsOn.map((name) => made[name])));
    }
    return made;
}

/** The names of the Kustomizations that must be ready before one, also over others. */
export function neededBy(name: string, kustomizations: Kustomizations): readonly string[] {
    const needed = new Set<string>();
    const visit = (each: string) => {
        for (const other of kustomizations[each]?.dependsOn ?? []) {
            if (!needed.has(other)) {
                needed.add(other);
                visit(other);
            }
        }
    };
    visit(name);
    return [...needed];
}
