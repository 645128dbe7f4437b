import { pulumi } from "./engine.ts";
import type { Fault } from "./faults.ts";

/** More than one person at work. */
export const atOnce: readonly Fault[] = [
    {
        name: "second-up",
        what: "somebody else starts an update of the same stack, which Pulumi's lock refuses",
        // After the last one the first update has nothing more to do, and the second may be let in.
        suits: ({ kind, name }, { command }) => kind === "resource" && command === "up" && name !== "uninstall-check",
        strike: async ({ world, operation }) => {
            const { code, output } = await pulumi(world, ["up", "-y", "--skip-preview"], operation).result;
            if (code === 0 || !output.includes("the stack is currently locked by 1 lock")) {
                throw new Error("The second update was not refused by the lock of the first.");
            }
        },
    },
    {
        name: "other-stack",
        what: "somebody else changes dev, which shares the repositories",
        suits: ({ kind }, { stack }) => kind === "resource" && stack === "staging",
        strike: async ({ world }) => {
            const settings = {
                "fluxcd:webhook": { url: "https://flux.dev.example.com" },
                "fluxcd:identity": { kind: "deployKey", generation: 2 },
            };
            const { code, output } = await pulumi(world, ["up", "-y", "--skip-preview"], { stack: "dev", settings })
                .result;
            if (code !== 0) throw new Error(`The update of dev failed: ${output.slice(-500)}`);
        },
    },
];
