// Dynamic providers are served by the SDK of the program that declares them; the engine starts this in its directory.
import { createRequire } from "node:module";
import { join } from "node:path";
import { start } from "../start.ts";

const sdk = createRequire(join(process.cwd(), "package.json"));
await start(() => Promise.resolve(sdk("@pulumi/pulumi/cmd/dynamic-provider")));
