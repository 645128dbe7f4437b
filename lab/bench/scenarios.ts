import { bootstrap } from "./bootstrap.ts";
import { growth, growthTo500 } from "./growth.ts";
import { growthOfStacks } from "./growthStacks.ts";
import { lifecycle } from "./lifecycle.ts";
import { presetsAt100, presetsAt1000, presetsAt500, presetsWaiting } from "./presets.ts";
import { promotion } from "./promotion.ts";
import { push } from "./push.ts";
import type { Scenario } from "./scenario.ts";
import { unchanged } from "./unchanged.ts";

/** In the order in which they are run and reported. */
export const scenarios: readonly Scenario[] = [
    bootstrap,
    unchanged,
    promotion,
    push,
    lifecycle,
    growth,
    growthTo500,
    growthOfStacks,
    presetsAt100,
    presetsWaiting,
    presetsAt500,
    presetsAt1000,
];
