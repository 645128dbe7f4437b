import type { EngineOptions } from "./engine";

/** A resource that an earlier update of the stack has made, by its type and name, with outputs. */
export type Made = readonly [type: string, name: string, outputs?: object];

/** The answers of an engine whose state has these resources. */
export function stateWith(made: readonly Made[]): NonNullable<EngineOptions["calls"]> {
    const outputs = Object.fromEntries(
        made.map(([type, name, outputs = {}]) => [
            `urn:pulumi:dev::fluxcd::fluxcd:github:Repository$${type}::${name}`,
            { type, outputs },
        ]),
    );
    return { "pulumi:pulumi:readStackResourceOutputs": () => ({ outputs }) };
}

/** A repository that an earlier update of the stack has created. */
export function madeRepository(name: string): readonly Made[] {
    return [
        ["github:index/repository:Repository", `${name}-repository`],
        ["pulumi-nodejs:dynamic/github:FirstContent", `${name}-content`],
        ["github:index/branchProtection:BranchProtection", `${name}-main`],
        ["github:index/repositoryRuleset:RepositoryRuleset", `${name}-release-tags`],
    ];
}
