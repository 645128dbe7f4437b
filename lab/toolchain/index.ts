export { besideCli } from "./installed.ts";
export { fluxCommand } from "./flux.ts";
export { fluxManifest } from "./manifest.ts";
export { toolchain } from "./toolchain.ts";
export { toolNames, type ToolName } from "./tools.ts";
