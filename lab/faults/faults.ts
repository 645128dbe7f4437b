import { atOnce } from "./atOnce.ts";
import { cluster, inCluster } from "./cluster.ts";
import { diskFull } from "./diskFull.ts";
import type { Running } from "./engine.ts";
import { network } from "./network.ts";
import type { Operation } from "./operations.ts";
import type { Point } from "./points.ts";
import type { World } from "./world.ts";

export interface Scene {
    readonly world: World;
    readonly operation: Operation;
    readonly point: Point;
}

/** Something that goes wrong. */
export interface Fault {
    readonly name: string;
    /** What happens, for the report. */
    readonly what: string;
    /** Whether it can strike there. */
    readonly suits: (point: Point, operation: Operation) => boolean;
    /** What the environment of the struck command has beside the lab's. */
    readonly environment?: (scene: Scene) => Promise<Record<string, string>>;
    /** Strikes when the point is reached. */
    readonly strike?: (scene: Scene, running: Running) => Promise<void> | void;
    /** What happens to the very request of the point instead, as `/_lab/faults` takes it. */
    readonly answer?: object;
    /** Makes the world whole again, once the command has ended. */
    readonly heal?: (scene: Scene) => Promise<void>;
    /** What must be in the error of a command that fails by it. */
    readonly says?: RegExp;
}

const anywhere = () => true;
const atRequest = (point: Point) => point.kind === "request" && point.match.via !== "git-ssh";
const atApi = (point: Point) =>
    point.kind === "request" &&
    (point.match.via === undefined || point.match.via === "graphql") &&
    point.name !== "push";
const heal = ({ world }: Scene) => world.heal();

const engine: readonly Fault[] = [
    {
        name: "engine-killed",
        what: "Pulumi and all it started are killed (SIGKILL)",
        suits: anywhere,
        strike: (_scene, running) => {
            running.kill();
        },
    },
    {
        name: "engine-interrupted",
        what: "Pulumi is interrupted (SIGINT)",
        suits: anywhere,
        strike: (_scene, running) => {
            running.signal("SIGINT");
        },
    },
    {
        name: "engine-terminated",
        what: "Pulumi is told to end (SIGTERM)",
        suits: anywhere,
        strike: (_scene, running) => {
            running.signal("SIGTERM");
        },
    },
    {
        name: "program-killed",
        what: "the program's Node.js is killed",
        suits: (_point, { command }) => command === "up",
        strike: (_scene, running) => {
            running.killPart("@pulumi/pulumi/cmd/run");
        },
    },
    {
        name: "github-provider-killed",
        what: "the GitHub provider is killed",
        suits: atApi,
        strike: (_scene, running) => {
            running.killPart("pulumi-resource-github");
        },
    },
    {
        name: "kubernetes-provider-killed",
        what: "the Kubernetes provider is killed",
        suits: inCluster,
        strike: (_scene, running) => {
            running.killPart("resource-kubernetes");
        },
    },
];

const limit = (message: string) => ({
    status: 403,
    headers: { "retry-after": "2", "x-ratelimit-remaining": "0" },
    body: { message, documentation_url: "https://docs.github.com/rest" },
});

const gitHub: readonly Fault[] = [
    { name: "github-500", what: "GitHub answers 500 once", suits: atRequest, answer: { status: 500, times: 1 } },
    {
        name: "github-rate-limit",
        what: "GitHub answers 403, rate limit exceeded, with Retry-After",
        suits: atApi,
        answer: { ...limit("API rate limit exceeded for user ID 1."), times: 1 },
        says: /rate limit/i,
    },
    {
        name: "github-secondary-limit",
        what: "GitHub answers 403, secondary rate limit, with Retry-After",
        suits: atApi,
        answer: { ...limit("You have exceeded a secondary rate limit. Please wait a few minutes."), times: 1 },
        says: /rate limit/i,
    },
    { name: "github-slow", what: "GitHub answers after 20 s", suits: atRequest, answer: { delayMs: 20_000, times: 1 } },
    {
        name: "github-dropped",
        what: "the connection to GitHub ends before the request is carried out",
        suits: atRequest,
        answer: { drop: true, times: 1 },
    },
    {
        name: "github-cut",
        what: "GitHub carries the request out, and the connection ends in the middle of the answer",
        suits: atRequest,
        answer: { truncateBytes: 20, times: 1 },
    },
    {
        name: "github-gone",
        what: "GitHub is not reached any more, until the command ends",
        suits: atRequest,
        strike: async ({ world }) => {
            await world.addFault({ match: {}, drop: true });
        },
        heal,
    },
    {
        name: "github-down",
        what: "GitHub answers 500 to everything, until the command ends",
        suits: atRequest,
        strike: async ({ world }) => {
            await world.addFault({ match: {}, status: 500 });
        },
        heal,
    },
    {
        name: "token-expired",
        what: "the token expires, until the command ends",
        suits: atRequest,
        strike: async ({ world }) => {
            await world.addFault({ match: {}, expireToken: true });
        },
        heal,
        says: /401|Bad credentials|authenticat/i,
    },
    {
        name: "ssh-gone",
        what: "git over SSH is not reached, until the command ends",
        suits: (point) => point.kind === "resource" && point.name.endsWith("-source") && point.moment === "begins",
        strike: async ({ world }) => {
            await world.addFault({ match: { via: "git-ssh" }, drop: true });
        },
        heal,
        says: /Flux says of GitRepository/,
    },
];

export const faults: readonly Fault[] = [...engine, ...gitHub, ...network, ...cluster, ...atOnce, diskFull];
