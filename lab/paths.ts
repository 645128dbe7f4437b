import { join, resolve } from "node:path";
import envPaths from "env-paths";

/** The checkout whose program the lab runs. */
export const checkout = resolve(import.meta.dirname, "..");

/** Everything a running lab keeps: processes, logs, clusters, GitHub's repositories, Pulumi's state. Gone after `down`. */
export const labDirectory = resolve(process.env.LAB_DIRECTORY ?? join(checkout, ".lab"));

/** Built tools, kept by version and shared by all checkouts. */
export const cacheDirectory = envPaths("fluxcd-lab", { suffix: "" }).cache;
