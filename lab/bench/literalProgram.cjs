// The program of literal.ts: every resource in state.json, with its inputs as they are there.
const pulumi = require("@pulumi/pulumi");
const { resources } = require("./state.json").deployment;

const signature = "4dabf18193072939515e22adb298388d";

function valueOf(value) {
    if (Array.isArray(value)) return value.map(valueOf);
    if (typeof value !== "object" || value === null) return value;
    if (signature in value && "plaintext" in value) return pulumi.secret(valueOf(JSON.parse(value.plaintext)));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, valueOf(inner)]));
}

const made = new Map();
const isMade = (resource) => resource !== undefined;

function optionsOf(resource) {
    const timeouts = Object.entries(resource.customTimeouts ?? {}).filter(([, seconds]) => seconds > 0);
    return {
        parent: made.get(resource.parent),
        provider: made.get(resource.provider?.slice(0, resource.provider.lastIndexOf("::"))),
        dependsOn: (resource.dependencies ?? []).map((urn) => made.get(urn)).filter(isMade),
        deletedWith: made.get(resource.deletedWith),
        protect: resource.protect,
        retainOnDelete: resource.retainOnDelete,
        ignoreChanges: resource.ignoreChanges,
        replaceOnChanges: resource.replaceOnChanges,
        additionalSecretOutputs: resource.additionalSecretOutputs,
        ...(timeouts.length > 0 && {
            customTimeouts: Object.fromEntries(timeouts.map(([name, seconds]) => [name, `${seconds}s`])),
        }),
    };
}

function register({ type, urn, custom, inputs = {}, ...resource }) {
    const name = urn.slice(urn.indexOf(`${type}::`) + type.length + 2);
    const { __defaults, version, ...args } = valueOf(inputs);
    const options = optionsOf(resource);
    if (type.startsWith("pulumi:providers:")) {
        const kind = type.slice("pulumi:providers:".length);
        return new pulumi.ProviderResource(kind, name, args, { ...options, version });
    }
    return custom
        ? new pulumi.CustomResource(type, name, { ...args, version }, options)
        : new pulumi.ComponentResource(type, name, args, options);
}

for (const resource of resources) {
    const isDefaultProvider = resource.urn.includes("::default");
    if (resource.type !== "pulumi:pulumi:Stack" && !isDefaultProvider) made.set(resource.urn, register(resource));
}

module.exports = valueOf(resources.find(({ type }) => type === "pulumi:pulumi:Stack").outputs);
