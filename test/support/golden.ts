import { type Registered, startEngine } from "./engine";
import { type Difference, differenceFrom } from "./goldenDifference";
import { startFluxWorld } from "./fluxObjects";
import { runProgram } from "./program";
import { useStackFile } from "./stack";
import { madeRepository, stateWith } from "./state";

export const stacks = ["dev", "staging", "production"] as const;

/** Every resource of staging; of another stack, only its difference from staging. */
export async function goldenOf(stack: (typeof stacks)[number]): Promise<Registered[] | Difference> {
    const own = await whatIsRegistered(stack);
    return stack === "staging" ? own : differenceFrom(await whatIsRegistered("staging"), own);
}

/** Every resource of a stack, sorted, as the committed stack file makes it. Only the manifest is a smaller one. */
async function whatIsRegistered(stack: string): Promise<Registered[]> {
    const world = await startFluxWorld();
    try {
        const made = ["fluxcd-infrastructure", "fluxcd-apps"].flatMap(madeRepository);
        const engine = await startEngine(stack, {}, { calls: stateWith(stack === "dev" ? made : []) });
        useStackFile(`Pulumi.${stack}.yaml`, { "fluxcd:flux": { manifest: "test/fixtures/install.yaml" } });
        await runProgram();
        const text = JSON.stringify(engine.registered, withoutCode).replaceAll(world.url, "http://github.test");
        const registered = JSON.parse(text) as Registered[];
        return registered.sort((one, other) => `${one.type} ${one.name}`.localeCompare(`${other.type} ${other.name}`));
    } finally {
        await world.close();
    }
}

/** A dynamic resource carries its provider's code, which its own tests cover. */
function withoutCode(key: string, value: unknown): unknown {
    return key === "__provider" ? undefined : value;
}
