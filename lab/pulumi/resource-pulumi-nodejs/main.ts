// Dynamic providers are served by the SDK of the program that declares them; the engine starts this in its directory.
import { createRequire } from "node:module";
import { join } from "node:path";

createRequire(join(process.cwd(), "package.json"))("@pulumi/pulumi/cmd/dynamic-provider");
