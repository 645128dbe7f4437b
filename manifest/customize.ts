import { isDeepStrictEqual } from "node:util";

import { type FluxOptions, fluxSchema } from "../config/flux";
import type { Problem } from "../domain/problem";
import { controllerArguments } from "./arguments";
import { featureGates } from "./gates";
import { identities } from "./identities";
import { images } from "./images";
import { type Customized, isDeployment, managerOf, type Objects, type Unfit } from "../domain/objects";
import { patches } from "./patches";
import { networkPolicies } from "./policies";
import { scheduling } from "./scheduling";
import { shards } from "./shards";
import { size } from "./size";
import { storage } from "./storage";
import { tenancy } from "./tenancy";

/**
 * The order matters. Steps before `shards` also change what its copies are made from; steps after it can change the
 * copies by name.
 */
const steps: readonly ((objects: Objects, options: FluxOptions) => Customized)[] = [
    images,
    controllerArguments,
    scheduling,
    networkPolicies,
    size,
    featureGates,
    identities,
    tenancy,
    shards,
    storage,
    patches,
];

/**
 * Applies the options of `fluxcd:flux` to Flux's objects. Also returns the options that cannot be applied, as problems.
 */
export function customize(
    objects: Objects,
    options: FluxOptions,
    stack: string,
): { readonly objects: Objects; readonly problems: readonly Problem[] } {
    const unusable = isDeepStrictEqual(options, fluxSchema.parse({})) ? [] : withoutManager(objects);
    const { objects: changed, unfit } =
        unusable.length > 0
            ? { objects, unfit: unusable }
            : steps.reduce<Customized>(
                  (so, step) => {
                      const next = step(so.objects, options);
                      return { objects: next.objects, unfit: [...so.unfit, ...next.unfit] };
                  },
                  { objects, unfit: [] },
              );
    return { objects: changed, problems: unfit.map((it) => problemOf(it, stack)) };
}

function withoutManager(objects: Objects): Unfit[] {
    return objects
        .filter(isDeployment)
        .filter((deployment) => managerOf(deployment) === undefined)
        .map(({ metadata }) => ({
            option: "",
            value: undefined,
            expected: `the manifest's Deployment ${metadata.name} has no container manager, which the options change`,
        }));
}

function problemOf({ option, value, expected }: Unfit, stack: string): Problem {
    const key = option === "" ? "fluxcd:flux" : `fluxcd:flux.${option}`;
    const path = key.replaceAll(/\.(\d+)/g, "[$1]");
    return { key, value, expected, fix: `pulumi config rm --stack ${stack} --path '${path}'` };
}
