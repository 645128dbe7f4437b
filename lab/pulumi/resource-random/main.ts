import { start } from "../start.ts";

await start(() => import("./server.ts"));
