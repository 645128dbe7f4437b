// A stand-in for pulumi-resource-random, of the same shape: values are drawn once and kept in the state.
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import sdk from "@pulumi/random/package.json" with { type: "json" };
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import { checked, fromStruct, nothing, pluginInfo, serve, toStruct, unary } from "../rpc.ts";
import { changes, check, kindOf, typeOf } from "./provider.ts";

type Check = InstanceType<typeof provider.CheckRequest>;
type Diff = InstanceType<typeof provider.DiffRequest>;
type Create = InstanceType<typeof provider.CreateRequest>;
type Read = InstanceType<typeof provider.ReadRequest>;

function configured() {
    const response = new provider.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    return response;
}

function diff(request: Diff) {
    const changed = changes(
        typeOf(request.getUrn()),
        fromStruct(request.getOldInputs() ?? request.getOlds()),
        fromStruct(request.getNews()),
    );
    const { DIFF_NONE, DIFF_SOME } = provider.DiffResponse.DiffChanges;
    const response = new provider.DiffResponse();
    response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
    response.setDiffsList(changed);
    response.setReplacesList(changed);
    return response;
}

function create(request: Create) {
    const inputs = fromStruct(request.getProperties());
    const response = new provider.CreateResponse();
    if (request.getPreview()) {
        response.setProperties(toStruct(inputs));
        return response;
    }
    const { id, outputs } = kindOf(typeOf(request.getUrn())).create(inputs);
    response.setId(id);
    response.setProperties(toStruct(outputs));
    return response;
}

function read(request: Read) {
    if (Object.keys(fromStruct(request.getProperties())).length === 0)
        throw new Error("this stand-in for the random provider does not import");
    const response = new provider.ReadResponse();
    response.setId(request.getId());
    response.setProperties(request.getProperties());
    response.setInputs(request.getInputs());
    return response;
}

await serve(service.ResourceProviderService, {
    getPluginInfo: unary(() => pluginInfo(sdk.version)),
    attach: unary(nothing),
    checkConfig: unary((request: Check) => checked(fromStruct(request.getNews()))),
    diffConfig: unary(() => new provider.DiffResponse()),
    configure: unary(configured),
    check: unary((request: Check) => {
        const inputs = fromStruct(request.getNews());
        return checked(inputs, check(typeOf(request.getUrn()), inputs));
    }),
    diff: unary(diff),
    create: unary(create),
    read: unary(read),
    delete: unary(nothing),
    cancel: unary(nothing),
});
