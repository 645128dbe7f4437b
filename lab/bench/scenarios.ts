import { bootstrap } from "./bootstrap.ts";
import { lifecycle } from "./lifecycle.ts";
import { promotion } from "./promotion.ts";
import { push } from "./push.ts";
import type { Scenario } from "./scenario.ts";
import { unchanged } from "./unchanged.ts";

/** In the order in which they are run and reported. */
export const scenarios: readonly Scenario[] = [bootstrap, unchanged, promotion, push, lifecycle];
