import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import language from "@pulumi/pulumi/proto/language_pb.js";

type Request = InstanceType<typeof language.RunRequest>;

// `cmd/run` ends so when it has told the user what is wrong: nothing is left to say.
const alreadyExplained = 32;

const running = new Set<ChildProcess>();

export function cancel() {
    for (const program of running) program.kill("SIGTERM");
}

/** Runs the program, whose output goes to the engine through this process's own. */
export async function run(request: Request, engine: string) {
    const response = new language.RunResponse();
    const [code, signal] = await start(request, engine);
    if (code === alreadyExplained) response.setBail(true);
    else if (signal) response.setError(`Program was ended by ${signal}`);
    else if (code !== 0) response.setError(`Program exited with non-zero exit code: ${code ?? "none"}`);
    return response;
}

function start(request: Request, engine: string): Promise<[number | null, NodeJS.Signals | null]> {
    const info = request.getInfo();
    const directory = info?.getProgramDirectory() ?? request.getPwd();
    const options: Record<string, unknown> = info?.getOptions()?.toJavaScript() ?? {};
    const nodeArguments = typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/) : [];
    const program = spawn(
        process.execPath,
        [...nodeArguments.filter(Boolean), runner(directory), ...programArguments(request, engine)],
        {
            cwd: directory,
            stdio: ["ignore", "inherit", "inherit"],
            env: {
                ...process.env,
                PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().getEntryList())),
                PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
                PULUMI_NODEJS_TYPESCRIPT: options.typescript === false ? "false" : "true",
                ...(typeof options.tsconfig === "string" && { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }),
            },
        },
    );
    running.add(program);
    return new Promise((resolve, reject) => {
        program.once("error", reject);
        program.once("close", (...ended) => {
            running.delete(program);
            resolve(ended);
        });
    });
}

function runner(directory: string): string {
    try {
        return createRequire(join(directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
    } catch {
        throw new Error(`@pulumi/pulumi is not installed in ${directory}. Run 'npm ci' there.`);
    }
}

function programArguments(request: Request, engine: string): string[] {
    const info = request.getInfo();
    return [
        ["--monitor", request.getMonitorAddress()],
        ["--engine", engine],
        ["--root-directory", info?.getRootDirectory() ?? request.getPwd()],
        ["--project", request.getProject()],
        ["--stack", request.getStack()],
        ["--organization", request.getOrganization()],
        ["--pwd", request.getPwd()],
        request.getDryrun() ? ["--dry-run"] : [],
        ["--parallel", String(request.getParallel())],
        [info?.getEntryPoint() ?? request.getProgram()],
        request.getArgsList(),
    ].flat();
}
