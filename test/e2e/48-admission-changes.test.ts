import assert from "node:assert/strict";

import { get, kubectl } from "./support/cluster";
import { fileOf } from "./support/admission";
import { devFile } from "./support/dev";
import { tail } from "./support/run";
import { mustPulumi } from "./support/stack";

const name = "workload-defaulter";
const api = { apiVersion: "admissionregistration.k8s.io/v1" };
const container = "/spec/template/spec/containers/0";

/** As GKE's Autopilot sets resources, and Kyverno images. */
const policy = [
    {
        ...api,
        kind: "MutatingAdmissionPolicy",
        metadata: { name },
        spec: {
            failurePolicy: "Fail",
            reinvocationPolicy: "IfNeeded",
            matchConstraints: {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "flux-system" } },
                resourceRules: [
                    {
                        apiGroups: ["apps"],
                        apiVersions: ["v1"],
                        operations: ["CREATE", "UPDATE"],
                        resources: ["deployments"],
                    },
                ],
            },
            mutations: [
                {
                    patchType: "JSONPatch",
                    jsonPatch: {
                        expression: `[
                            JSONPatch{op: "replace", path: "${container}/resources/limits/cpu", value: "750m"},
                            JSONPatch{op: "replace", path: "${container}/image",
                                value: object.spec.template.spec.containers[0].image.replace("ghcr.io/", "mirror.example.com/")}
                        ]`,
                    },
                },
            ],
        },
    },
    { ...api, kind: "MutatingAdmissionPolicyBinding", metadata: { name }, spec: { policyName: name } },
];

interface Deployment {
    readonly spec: {
        readonly template: {
            readonly spec: {
                readonly containers: readonly {
                    readonly image: string;
                    readonly resources: { readonly limits: { readonly cpu: string } };
                }[];
            };
        };
    };
}

/** The image and the limit of a controller, as they are in the cluster. */
async function controller(): Promise<{ image: string | undefined; cpu: string | undefined }> {
    const { spec } = await get<Deployment>("dev", "-n", "flux-system", "deployment", "source-controller");
    const [manager] = spec.template.spec.containers;
    return { image: manager?.image.split("/")[0], cpu: manager?.resources.limits.cpu };
}

const deleted = () =>
    kubectl("dev", "delete", "mutatingadmissionpolicybinding,mutatingadmissionpolicy", name, "--ignore-not-found");

describe("a cluster whose admission changes Flux's controllers", () => {
    before(async () => {
        await kubectl("dev", "apply", "-f", fileOf(policy));
    });

    after(deleted);

    it("gets Flux as its admission wants it", async () => {
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        assert.deepEqual(await controller(), { image: "mirror.example.com", cpu: "750m" });
    });

    it("is no difference for ever, in a preview and in a search for drift, and is told", async () => {
        for (const command of ["preview --expect-no-changes", "preview --refresh --expect-no-changes"]) {
            const { output } = await mustPulumi(command, "dev", await devFile());
            for (const words of [
                "Admission in dev changes what is declared of Flux",
                'source-controller spec.template.spec.containers.manager.resources.limits.cpu: "1000m" becomes "750m"',
            ]) {
                assert.ok(output.includes(words), tail(output));
            }
            assert.doesNotMatch(output, /Flux in dev becomes/);
        }
    });

    it("gets what is declared once its admission changes nothing any more", async () => {
        await deleted();
        await mustPulumi("up -y --skip-preview", "dev", await devFile());
        assert.deepEqual(await controller(), { image: "ghcr.io", cpu: "1" });
    });
});
