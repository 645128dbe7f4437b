import ssh2 from "ssh2";
import { GitHubError, invalid, type Members, notFound } from "../reply.ts";
import type { DeployKey } from "../store.ts";
import { type Call, type Handlers, inRepository, page, parameter, repositoryOf, viewerOf } from "./call.ts";

const malformed = "key is invalid. You must supply a key in OpenSSH public key format";

export const keys: Handlers = {
    "repos/list-deploy-keys": (call) => {
        viewerOf(call);
        return { status: 200, body: page(call, repositoryOf(call).keys).map((key) => represent(call, key)) };
    },

    "repos/create-deploy-key": (call) => {
        const repository = repositoryOf(call);
        if (call.lab.store.owner(repository.owner)?.deployKeysEnabled === false) {
            const message = "Deploy keys are disabled for this repository";
            throw new GitHubError(422, "Validation Failed", {
                errors: [{ resource: "PublicKey", code: "custom", message }],
            });
        }
        const key = withoutComment(call.body.key as string);
        if (call.lab.store.repositories.some((one) => one.keys.some((other) => other.key === key))) {
            throw invalid("PublicKey", "key", "key is already in use");
        }
        const added: DeployKey = {
            id: call.lab.store.nextId(),
            title: (call.body.title as string | undefined) ?? "",
            key,
            readOnly: call.body.read_only === true,
            createdAt: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
        };
        repository.keys.push(added);
        call.lab.store.save();
        const headers = { location: inRepository(call, `/keys/${added.id}`) };
        return { status: 201, body: represent(call, added), headers };
    },

    "repos/get-deploy-key": (call) => ({ status: 200, body: represent(call, keyOf(call)) }),

    "repos/delete-deploy-key": (call) => {
        const key = keyOf(call);
        const repository = repositoryOf(call);
        repository.keys = repository.keys.filter((other) => other !== key);
        call.lab.store.save();
        return { status: 204 };
    },
};

function keyOf(call: Call): DeployKey {
    viewerOf(call);
    const key = repositoryOf(call).keys.find((one) => String(one.id) === parameter(call, "key_id"));
    if (key === undefined) {
        throw notFound();
    }
    return key;
}

function withoutComment(text: string): string {
    const key = text.trim().split(/\s+/).slice(0, 2).join(" ");
    if (ssh2.utils.parseKey(key) instanceof Error || !/^(ssh|ecdsa)-/.test(key)) {
        throw invalid("PublicKey", "key", malformed);
    }
    return key;
}

function represent(call: Call, key: DeployKey): Members {
    return {
        id: key.id,
        key: key.key,
        url: inRepository(call, `/keys/${key.id}`),
        title: key.title,
        verified: true,
        created_at: key.createdAt,
        read_only: key.readOnly,
        added_by: call.lab.login,
        last_used: null,
        enabled: call.lab.store.owner(repositoryOf(call).owner)?.deployKeysEnabled === true,
    };
}
