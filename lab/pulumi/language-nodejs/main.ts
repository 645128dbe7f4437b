import { start } from "../start.ts";

await start(() => import("./host.ts"));
