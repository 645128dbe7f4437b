export type Resource = "core" | "graphql" | "anonymous";

const sizes: Record<Resource, number> = { core: 5000, graphql: 5000, anonymous: 60 };

/** GitHub's hourly allowance, counted as GitHub counts it: what is answered 304 is free. */
export class Limits {
    #used = { core: 0, graphql: 0, anonymous: 0 };
    #reset = 0;

    now(resource: Resource): { limit: number; remaining: number; reset: number; used: number } {
        if (Date.now() / 1000 >= this.#reset) {
            this.#reset = Math.ceil(Date.now() / 1000) + 3600;
            this.#used = { core: 0, graphql: 0, anonymous: 0 };
        }
        const used = this.#used[resource];
        return { limit: sizes[resource], remaining: Math.max(sizes[resource] - used, 0), reset: this.#reset, used };
    }

    count(resource: Resource): void {
        this.#used[resource] += 1;
    }

    headers(resource: Resource): Record<string, string> {
        const { limit, remaining, reset, used } = this.now(resource);
        return {
            "x-ratelimit-limit": String(limit),
            "x-ratelimit-remaining": String(remaining),
            "x-ratelimit-reset": String(reset),
            "x-ratelimit-used": String(used),
            "x-ratelimit-resource": resource === "graphql" ? "graphql" : "core",
        };
    }
}
