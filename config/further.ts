import semver from "semver";
import { z } from "zod";

import type { Problem } from "../domain/problem";
import { inOrder } from "../domain/dependencies";
import { duration } from "../domain/duration";
import type { FurtherRef } from "../domain/release";
import { applying, fetching } from "./sync";
import { verifyProblems } from "./verification";

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Of an object that is not the stack's otherwise, nor `flux bootstrap`'s. */
const objectName = /^(?!(infrastructure|apps|flux-system|fluxcd-.*)$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const refName = /^(?!refs\/)(?!.*(\.\.|@\{|\/\/|\.lock$|[/.]$))[A-Za-z0-9][A-Za-z0-9._/+-]*$/;
const repositoryName = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
const publicUrl = /^https?:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~+-]+)+$/;
const folder = /^(\.|(\.\/)?[^/\s][^\s]*)$/;
const own = ["infrastructure", "apps"];
const refFields = ["branch", "tag", "semver", "commit"] as const;

/** https://fluxcd.io/flux/components/source/gitrepositories/ */
const source = z
    .strictObject({
        repository: z.string().regex(repositoryName, "expected the name of a repository of github:owner").optional(),
        url: z
            .string()
            .regex(publicUrl, "expected a URL without a user or a password, such as https://github.com/owner/name")
            .optional(),
        branch: z.string().regex(refName, "expected the short name of a branch, without refs/heads/").optional(),
        tag: z.string().regex(refName, "expected the short name of a tag, without refs/tags/").optional(),
        semver: z.string().refine(isRange, "expected a range of versions, such as >=1.2.0 <2.0.0").optional(),
        commit: z
            .string()
            .regex(/^[0-9a-f]{40}$/, "expected the 40 lower case hex digits of a commit")
            .optional(),
        interval: duration.default("1m"),
        ...fetching,
    })
    .refine(({ repository, url }) => (repository === undefined) !== (url === undefined), {
        message: "expected one of repository, of github:owner, and url, which everybody may read",
    })
    .refine((keys) => refFields.filter((name) => keys[name] !== undefined).length === 1, {
        message: `expected one of ${refFields.join(", ")}`,
    });

/** https://fluxcd.io/flux/components/kustomize/kustomizations/ */
const kustomization = z.strictObject({
    source: z.string(),
    path: z
        .string()
        .regex(folder, "expected a folder from the root of the repository, such as ./deploy")
        .refine((path) => !path.split("/").includes(".."), "expected a folder without .. in it"),
    dependsOn: z.array(z.string()).default([]),
    targetNamespace: z.string().regex(dnsLabel, "expected the name of a namespace").optional(),
    ...applying,
    interval: duration.default("10m"),
});

export const sourcesSchema = named(source);
export const kustomizationsSchema = named(kustomization);

/** A further repository that Flux fetches. */
export type FurtherSource = Omit<z.infer<typeof source>, (typeof refFields)[number]> & { readonly ref: FurtherRef };

/** A further folder that Flux applies. */
export type FurtherKustomization = z.infer<typeof kustomization>;

/** What Flux follows beside infrastructure and apps, by name. Promotion knows nothing of it. */
export interface Further {
    readonly sources: Readonly<Record<string, FurtherSource>>;
    readonly kustomizations: Readonly<Record<string, FurtherKustomization>>;
}

interface Keys {
    readonly sources: z.infer<typeof sourcesSchema>;
    readonly kustomizations: z.infer<typeof kustomizationsSchema>;
    readonly suspend: boolean;
    readonly fluxVersion: string;
}

/** The further sources and Kustomizations; `account` is the one to apply as where none is named. */
export function furtherOf({ sources, kustomizations, suspend }: Keys, account: string | undefined): Further {
    return {
        sources: mapped(sources, ({ branch, tag, semver, commit, ...rest }) => ({
            ...rest,
            ref: onlyRef({ branch, tag, semver, commit }),
            suspend: suspend || rest.suspend,
        })),
        kustomizations: mapped(kustomizations, (keys) => ({
            ...keys,
            serviceAccountName: keys.serviceAccountName ?? account,
            suspend: suspend || keys.suspend,
        })),
    };
}

/** What contradicts itself among them, known without asking anybody. */
export function furtherProblems(keys: Keys, stack: string): Problem[] {
    const further = furtherOf(keys, undefined);
    return [
        ...Object.entries(further.sources).flatMap(([name, source]) => {
            const { verify, ref } = source;
            const key = `fluxcd:sources.${name}`;
            const { fluxVersion } = keys;
            return [
                ...repositoryProblems(key, source, stack),
                ...verifyProblems(key, verify, ref, { stack, fluxVersion }),
            ];
        }),
        ...referenceProblems(further, stack),
        ...cycleProblems(further, stack),
    ];
}

function repositoryProblems(key: string, { repository: value }: FurtherSource, stack: string): Problem[] {
    const expected = `the stack follows ${value ?? ""} already: expected its name, infrastructure or apps, as the source of a Kustomization`;
    const twice = value === "fluxcd-infrastructure" || value === "fluxcd-apps";
    return twice ? [{ key: `${key}.repository`, value, expected, fix: remove(key, stack) }] : [];
}

function referenceProblems({ sources, kustomizations }: Further, stack: string): Problem[] {
    const knownSources = new Set([...own, ...Object.keys(sources)]);
    const known = new Set([...own, ...Object.keys(kustomizations)]);
    return Object.entries(kustomizations).flatMap(([name, { source, dependsOn }]) => {
        const key = `fluxcd:kustomizations.${name}`;
        const problem = (field: string, value: string, where: string, fix: string): Problem => ({
            key: `${key}.${field}`,
            value,
            expected: `expected infrastructure, apps or a name in ${where}`,
            fix,
        });
        const set = `pulumi config set --stack ${stack} --path '${key}.source' <name>`;
        return [
            ...(knownSources.has(source) ? [] : [problem("source", source, "fluxcd:sources", set)]),
            ...dependsOn.flatMap((other, index) => {
                const field = `dependsOn[${index}]`;
                const fix = remove(`${key}.${field}`, stack);
                return known.has(other) ? [] : [problem(field, other, "fluxcd:kustomizations", fix)];
            }),
        ];
    });
}

function cycleProblems({ kustomizations }: Further, stack: string): Problem[] {
    const { cycle } = inOrder(dependenciesOf(kustomizations));
    const [name = ""] = cycle;
    const key = `fluxcd:kustomizations.${name}.dependsOn`;
    const value = kustomizations[name]?.dependsOn;
    const expected = `each would wait for the next for ever: ${cycle.join(" -> ")}`;
    return cycle.length > 0 ? [{ key, value, expected, fix: remove(key, stack) }] : [];
}

function remove(key: string, stack: string): string {
    return `pulumi config rm --stack ${stack} --path '${key}'`;
}

/** Each Kustomization's name with the names of those that it depends on. */
export function dependenciesOf(kustomizations: Further["kustomizations"]): Map<string, readonly string[]> {
    return new Map(Object.entries(kustomizations).map(([name, { dependsOn }]) => [name, dependsOn]));
}

function named<T extends z.ZodType>(schema: T) {
    const expected =
        "expected a name of lower case letters, digits and -, of at most 63 characters, and none of infrastructure, apps, flux-system and fluxcd-...";
    return z.record(z.string().regex(objectName), schema, {
        error: ({ code }) => (code === "invalid_key" ? expected : undefined),
    });
}

/** Flux's ranges may have commas where npm's have spaces: https://github.com/Masterminds/semver#checking-version-constraints */
function isRange(text: string): boolean {
    return text.trim() !== "" && semver.validRange(text.replaceAll(",", " ")) !== null;
}

function onlyRef(fields: Partial<Record<(typeof refFields)[number], string | undefined>>): FurtherRef {
    const [[name, value] = ["branch", ""]] = Object.entries(fields).filter(([, it]) => it !== undefined);
    return { [name]: value } as unknown as FurtherRef;
}

function mapped<T, R>(record: Readonly<Record<string, T>>, to: (value: T) => R): Record<string, R> {
    return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value)]));
}
