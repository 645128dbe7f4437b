import { lifecycle } from "./lifecycle.ts";
import type { Scenario } from "./scenario.ts";

/** In the order in which they are run and reported. */
export const scenarios: readonly Scenario[] = [lifecycle];
