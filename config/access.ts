import { z } from "zod";

import type { Problem } from "../domain/problem";

const verb = /^(\*|[a-z]+(-[a-z]+)*)$/;
const urlPrefix =
    /^((https?|oci):\/\/|ssh:\/\/([A-Za-z0-9._-]+@)?)(?=[A-Za-z0-9[])[A-Za-z0-9.:[\]-]+(\/[A-Za-z0-9._~@+=,-]+)*\/?$/;

/** An RBAC PolicyRule. https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/cluster-role-v1/ */
const policyRule = z
    .strictObject({
        apiGroups: z.array(z.string()).min(1, "expected API groups, with an empty text for the core group").optional(),
        resources: z.array(z.string().min(1)).min(1, "expected resources such as namespaces").optional(),
        resourceNames: z
            .array(z.string().min(1))
            .min(1, "expected at least one name; to allow all of them, remove the key")
            .optional(),
        nonResourceURLs: z
            .array(z.string().regex(/^(\/|\*$)/, "expected a path such as /metrics"))
            .min(1)
            .optional(),
        verbs: z
            .array(z.string().regex(verb, "expected a verb such as get, in lower case"))
            .min(1, "expected verbs such as get and list"),
    })
    .refine(({ apiGroups, resources }) => (apiGroups === undefined) === (resources === undefined), {
        message: "expected apiGroups and resources together",
    })
    .refine(({ resources, nonResourceURLs }) => (resources === undefined) !== (nonResourceURLs === undefined), {
        message: "expected either apiGroups and resources, or nonResourceURLs",
    })
    .refine(({ resourceNames, resources }) => resourceNames === undefined || resources !== undefined, {
        message: "expected resourceNames with resources only",
    })
    .refine((rule) => !isClusterAdmin(rule), {
        message:
            "this rule gives Flux full access to the cluster, which it also has without rules: expected fewer rights, or no rules",
    });

export type PolicyRule = z.infer<typeof policyRule>;

export const policyRules = z.array(policyRule).min(1, "expected at least one rule; without rules, remove the key");

/** The prefix of an allowed source's URL. It ends after the host or after a complete part of the path. */
export const sourceUrl = z
    .string()
    .regex(
        urlPrefix,
        "expected the beginning of a URL such as https://github.com/misua, oci://ghcr.io/misua or ssh://git@github.com/misua",
    )
    .refine((url) => !/\/\.\.?(\/|$)/.test(url), { message: "expected a path without . and .." });

interface Account {
    /** The name of the Kustomization. */
    readonly name: string;
    readonly rules: readonly PolicyRule[] | undefined;
    readonly serviceAccountName: string | undefined;
}

/**
 * Returns the problems with an account. An account that the stack creates from `rules` cannot have a name from the
 * config.
 */
export function accountProblems(key: string, account: Account, stack: string): Problem[] {
    const { rules, serviceAccountName } = account;
    const name = `${key}.serviceAccountName`;
    if (rules !== undefined && account.name === "apps") {
        const expected =
            "the infrastructure repository already has the account apps-reconciler, with its rights in each namespace: expected serviceAccountName";
        return [{ key: `${key}.rules`, expected, fix: `pulumi config rm --stack ${stack} --path '${key}.rules'` }];
    }
    const expected = "expected either rules or serviceAccountName: with rules, the stack creates the account";
    const fix = `pulumi config rm --stack ${stack} --path '${name}'`;
    return rules === undefined || serviceAccountName === undefined
        ? []
        : [{ key: name, value: serviceAccountName, expected, fix }];
}

interface Rights {
    readonly apiGroups?: readonly string[] | undefined;
    readonly resources?: readonly string[] | undefined;
    readonly resourceNames?: readonly string[] | undefined;
    readonly verbs: readonly string[];
}

function isClusterAdmin({ apiGroups = [], resources = [], resourceNames, verbs }: Rights): boolean {
    return resourceNames === undefined && [apiGroups, resources, verbs].every((names) => names.includes("*"));
}
