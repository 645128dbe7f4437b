// Without it, Node compiles Pulumi's SDK, TypeScript and this program anew for every run: half a second of each.
const { enableCompileCache } = require("node:module");
const { join } = require("node:path");

enableCompileCache(join(__dirname, "node_modules", ".cache", "node"));
