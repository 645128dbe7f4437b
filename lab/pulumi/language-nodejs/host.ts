// Pulumi's language host for Node.js: the engine asks it to run the program, `@pulumi/pulumi/cmd/run` does the running.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import service from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import sdk from "@pulumi/pulumi/package.json" with { type: "json" };
import { nothing, pluginInfo, serve, unary } from "../rpc.ts";
import { cancel, run } from "./run.ts";

interface Manifest {
    version?: string;
    dependencies?: Record<string, string>;
}

// The engine's address is the last argument, or comes later with the handshake.
let engine = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";

const manifest = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Manifest;

function about() {
    const response = new language.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    return response;
}

function dependencies(request: InstanceType<typeof language.GetProgramDependenciesRequest>) {
    const directory = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
    const resolver = createRequire(join(directory, "package.json"));
    const response = new language.GetProgramDependenciesResponse();
    for (const name of Object.keys(manifest(join(directory, "package.json")).dependencies ?? {})) {
        const folder = (resolver.resolve.paths(name) ?? []).find((path) => exists(join(path, name, "package.json")));
        const dependency = new language.DependencyInfo();
        dependency.setName(name);
        dependency.setVersion(folder ? (manifest(join(folder, name, "package.json")).version ?? "") : "");
        response.addDependencies(dependency);
    }
    return response;
}

function exists(path: string): boolean {
    try {
        return readFileSync(path).length > 0;
    } catch {
        return false;
    }
}

await serve(service.LanguageRuntimeService, {
    handshake: unary((request: InstanceType<typeof language.LanguageHandshakeRequest>) => {
        engine = request.getEngineAddress();
        return new language.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => pluginInfo(sdk.version)),
    getRequiredPlugins: unary(() => new language.GetRequiredPluginsResponse()),
    getRequiredPackages: unary(() => new language.GetRequiredPackagesResponse()),
    runtimeOptionsPrompts: unary(() => new language.RuntimeOptionsResponse()),
    about: unary(about),
    getProgramDependencies: unary(dependencies),
    run: unary((request: InstanceType<typeof language.RunRequest>) => run(request, engine)),
    cancel: unary(() => {
        cancel();
        return nothing();
    }),
});
