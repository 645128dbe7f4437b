import { z } from "zod";

const texts = z.record(z.string(), z.string());
const named = z.looseObject({ name: z.string().min(1) });

const metadata = named.extend({
    namespace: z.string().optional(),
    labels: texts.optional(),
    annotations: texts.optional(),
});

const object = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata });

const container = named.extend({
    image: z.string().optional(),
    args: z.array(z.string()).optional(),
    env: z.array(named).optional(),
    volumeMounts: z.array(named.extend({ mountPath: z.string() })).optional(),
});

const pod = z.looseObject({
    containers: z.array(container),
    volumes: z.array(named).optional(),
    imagePullSecrets: z.array(named).optional(),
    tolerations: z.array(z.looseObject({})).optional(),
    nodeSelector: texts.optional(),
});

const templateMetadata = z.looseObject({ labels: texts.optional(), annotations: texts.optional() });

/** The fields that this program relies on, by the kind of object. */
const kinds: Readonly<Record<string, z.ZodType>> = {
    Deployment: object.extend({
        spec: z.looseObject({
            selector: z.looseObject({ matchLabels: texts.optional() }),
            template: z.looseObject({ metadata: templateMetadata.optional(), spec: pod }),
        }),
    }),
    CustomResourceDefinition: object.extend({
        spec: z.looseObject({
            names: z.looseObject({ kind: z.string(), plural: z.string() }).optional(),
            versions: z.array(named).optional(),
        }),
    }),
};

/** The problem with a document of a manifest; undefined if it is a valid Kubernetes object. */
export function objectProblem(document: unknown): string | undefined {
    const { data } = object.safeParse(document);
    const { error } = (kinds[data?.kind ?? ""] ?? object).safeParse(document);
    const [issue] = error?.issues ?? [];
    const what = data ? `${data.kind} ${data.metadata.name}` : "a document";
    return issue && `${what} has no valid ${issue.path.join(".") || "fields"}, which Kubernetes requires`;
}
