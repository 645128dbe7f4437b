export type SourceName = "infrastructure" | "apps";

export const sourceNames: readonly SourceName[] = ["infrastructure", "apps"];
