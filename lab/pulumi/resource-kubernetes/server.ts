// A stand-in for pulumi-resource-kubernetes: single objects by server-side apply, in the official provider's words.
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import pb from "@pulumi/pulumi/proto/provider_pb.js";
import sdk from "@pulumi/kubernetes/package.json" with { type: "json" };
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { checked, fromStruct, NotImplemented, nothing, pluginInfo, serve, toStruct, unary } from "../rpc.ts";
import { equal, plainMap, type Value, type ValueMap } from "../values.ts";
import { complete, failures, type Naming } from "./check.ts";
import { compare } from "./compare.ts";
import { checkConfig } from "./config.ts";
import { pathText, type Difference } from "./diff.ts";
import { diffConfig } from "./kubeconfig.ts";
import { create, remove, update } from "./lifecycle.ts";
import { attach } from "./log.ts";
import { configure, servedKind, type Provider } from "./provider.ts";
import { read } from "./read.ts";
import { keepSecrets, parseInputs, parseState, type State } from "./state.ts";

type Check = InstanceType<typeof pb.CheckRequest>;
type Diff = InstanceType<typeof pb.DiffRequest>;
type Update = InstanceType<typeof pb.UpdateRequest>;

const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
const { Kind } = pb.PropertyDiff;

const cancelling = new AbortController();
let configured: Provider | undefined;

function provider(): Provider {
    if (!configured) throw new Error("the provider was asked to work before it was configured");
    return configured;
}

const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

async function configuration(request: InstanceType<typeof pb.ConfigureRequest>) {
    const variables: [string, Value][] = request
        .getVariablesMap()
        .toArray()
        .map(([key, value]) => [key.replace(/^kubernetes:config:/, ""), value]);
    configured = await configure(Object.fromEntries(variables), cancelling.signal);
    const response = new pb.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    response.setSupportsAutonamingConfiguration(true);
    return response;
}

async function changedConfig(request: Diff) {
    const old = fromStruct(request.getOldInputs() ?? request.getOlds());
    const { changed, replaces } = await diffConfig(old, fromStruct(request.getNews()));
    const response = new pb.DiffResponse();
    response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
    response.setDiffsList(changed);
    response.setReplacesList(replaces);
    return response;
}

function namingOf(request: Check): Naming {
    const autonaming = request.getAutonaming();
    const disabled = autonaming?.getMode() === pb.CheckRequest.AutonamingOptions.Mode.DISABLE;
    const proposed = disabled ? "" : autonaming?.getProposedName();
    return { urn: request.getUrn(), seed: request.getRandomseed_asU8(), proposed };
}

async function check(request: Check) {
    const kind = await servedKind(typeOf(request.getUrn()), provider().cluster);
    const news = fromStruct(request.getNews());
    const old = plainMap(fromStruct(request.getOlds()));
    const context = { provider: provider(), naming: namingOf(request) };
    const inputs = await complete({ ...kind, ...parseInputs(news) }, old, context);
    return checked(keepSecrets(inputs, news), failures(inputs));
}

/** The old inputs are the engine's, which a refresh may have changed since the state was written. */
function oldState(properties: ValueMap, inputs: ValueMap): State {
    const state = parseState(properties);
    return Object.keys(inputs).length === 0 ? state : { ...state, inputs: parseInputs(inputs) };
}

async function diff(request: Diff) {
    const [inputs, news] = [fromStruct(request.getOldInputs()), fromStruct(request.getNews())];
    // Mostly nothing was asked differently, and a CRD is a lot to take apart for that.
    const asked = { news, ignored: request.getIgnorechangesList() };
    const { differences, deleteBeforeReplace } = equal(inputs, news)
        ? { differences: [], deleteBeforeReplace: false }
        : await compare(provider(), oldState(fromStruct(request.getOlds()), inputs), asked);
    const response = new pb.DiffResponse();
    response.setChanges(differences.length === 0 ? DIFF_NONE : DIFF_SOME);
    response.setHasdetaileddiff(true);
    response.setDeletebeforereplace(deleteBeforeReplace);
    response.setReplacesList(differences.filter(({ replace }) => replace).map(({ path }) => pathText(path)));
    for (const one of differences) response.getDetaileddiffMap().set(pathText(one.path), propertyDiff(one));
    return response;
}

function propertyDiff({ change, replace }: Difference) {
    const kinds = {
        add: [Kind.ADD, Kind.ADD_REPLACE],
        delete: [Kind.DELETE, Kind.DELETE_REPLACE],
        update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
    } as const;
    const difference = new pb.PropertyDiff();
    difference.setKind(kinds[change][replace ? 1 : 0]);
    difference.setInputdiff(true);
    return difference;
}

async function created(request: InstanceType<typeof pb.CreateRequest>) {
    const operation = { urn: request.getUrn(), preview: request.getPreview(), seconds: request.getTimeout() };
    const { id, properties } = await create(provider(), fromStruct(request.getProperties()), operation);
    const response = new pb.CreateResponse();
    response.setId(id);
    response.setProperties(toStruct(properties));
    return response;
}

async function updated(request: Update) {
    const operation = { urn: request.getUrn(), preview: request.getPreview(), seconds: request.getTimeout() };
    const old = oldState(fromStruct(request.getOlds()), fromStruct(request.getOldInputs()));
    const change = { old, news: fromStruct(request.getNews()), ignored: request.getIgnorechangesList() };
    const response = new pb.UpdateResponse();
    response.setProperties(toStruct(await update(provider(), change, operation)));
    return response;
}

async function found(request: InstanceType<typeof pb.ReadRequest>) {
    const urn = request.getUrn();
    const kind = await servedKind(typeOf(urn), provider().cluster);
    const [inputs, properties] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
    const object = await read(provider(), { urn, id: request.getId(), kind, inputs, properties });
    const response = new pb.ReadResponse();
    if (!object) return response;
    response.setId(object.id);
    response.setInputs(toStruct(object.inputs));
    response.setProperties(toStruct(object.properties));
    return response;
}

async function deleted(request: InstanceType<typeof pb.DeleteRequest>) {
    const operation = { urn: request.getUrn(), id: request.getId(), preview: false, seconds: request.getTimeout() };
    await remove(provider(), parseState(fromStruct(request.getProperties())), operation);
    return nothing();
}

const refuse = (name: string) => {
    throw new NotImplemented(`${name}: the lab's stand-in for the kubernetes provider does single objects only`);
};

attach(process.argv.at(2) ?? "");

await serve(service.ResourceProviderService, {
    getPluginInfo: unary(() => pluginInfo(sdk.version)),
    attach: unary((request: InstanceType<typeof plugin.PluginAttach>) => {
        attach(request.getAddress());
        return nothing();
    }),
    checkConfig: unary((request: Check) => {
        const config = fromStruct(request.getNews());
        return checked(config, checkConfig(request.getUrn(), config));
    }),
    diffConfig: unary(changedConfig),
    configure: unary(configuration),
    check: unary(check),
    diff: unary(diff),
    create: unary(created),
    update: unary(updated),
    read: unary(found),
    delete: unary(deleted),
    construct: unary((request: InstanceType<typeof pb.ConstructRequest>) => refuse(request.getType())),
    invoke: unary((request: InstanceType<typeof pb.InvokeRequest>) => refuse(request.getTok())),
    cancel: unary(() => {
        cancelling.abort();
        return nothing();
    }),
});

// The engine reads the port and asks about the configuration meanwhile.
await import("@kubernetes/client-node");
