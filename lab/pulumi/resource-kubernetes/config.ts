// The provider's own configuration.
import { plain, text, type Value, type ValueMap } from "../values.ts";

const switches = [
    "deleteUnreachable",
    "enableConfigMapMutable",
    "enablePatchForce",
    "enableSecretMutable",
    "enableServerSideApply",
    "strictMode",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
    "upsertExistingObjects",
] as const;
const texts = ["cluster", "clusterIdentifier", "context", "kubeconfig", "namespace"] as const;
/** What the engine adds. */
export const enginesOwn = ["version", "pluginDownloadURL", "pluginChecksums", "parameterization"];

type Switch = (typeof switches)[number];
type Text = (typeof texts)[number];
export type Settings = Record<Text, string> & Record<Switch, boolean>;

export interface Failure {
    property: string;
    reason: string;
}

const names: readonly string[] = [...switches, ...texts];

export function settingsOf(config: ValueMap): Settings {
    const value = (name: string): Value => plain(config[name] ?? null);
    const on = (name: Switch) => {
        const given = value(name) ?? process.env[`PULUMI_K8S_${snake(name)}`] ?? null;
        return given === null ? name === "enableServerSideApply" : given === true || given === "true";
    };
    return {
        ...(Object.fromEntries(switches.map((name) => [name, on(name)])) as Record<Switch, boolean>),
        ...(Object.fromEntries(texts.map((name) => [name, text(value(name))])) as Record<Text, string>),
    };
}

export function checkConfig(urn: string, config: ValueMap): Failure[] {
    const failures = Object.keys(config)
        .filter((name) => !names.includes(name) && !enginesOwn.includes(name) && !name.startsWith("__"))
        .map((name) => ({
            property: name,
            reason: `the lab's stand-in for the kubernetes provider does not do "${name}"; use one of ${names.join(", ")}`,
        }));
    const settings = settingsOf(config);
    if (!settings.enableServerSideApply)
        failures.push({
            property: "enableServerSideApply",
            reason: "the lab's stand-in for the kubernetes provider does server-side apply only",
        });
    return settings.strictMode ? [...failures, ...strict(urn, settings)] : failures;
}

function strict(urn: string, settings: Settings): Failure[] {
    const missing = (["kubeconfig", "context"] as const)
        .filter((name) => settings[name] === "")
        .map((name) => ({ property: name, reason: `strict mode requires Provider "${name}" argument` }));
    const isDefault = urn.split("::").at(-1)?.startsWith("default") ?? false;
    return isDefault ? [{ property: "", reason: "strict mode prohibits default provider" }, ...missing] : missing;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
