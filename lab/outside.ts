/** What `.lab/env.sh` sets over, of how a shell reaches the outside. Programs read either case, and not the same one first. */
const names = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS"] as const;

type Environment = Record<string, string | undefined>;

/** The variable in which `.lab/env.sh` keeps what a shell had before, as JSON. */
const before = "LAB_OUTSIDE";

/** Release downloads through GitHub's stand-in, for every command of the program, and how the shell was before. */
export function throughLab(proxy: string, ca: string, environment: Environment = process.env): Record<string, string> {
    const direct = "127.0.0.1,localhost";
    return {
        HTTPS_PROXY: proxy,
        https_proxy: proxy,
        NO_PROXY: direct,
        no_proxy: direct,
        NODE_EXTRA_CA_CERTS: ca,
        LAB_OUTSIDE: JSON.stringify(Object.fromEntries(names.map((name) => [name, environment[name]]))),
    };
}

/**
 * Makes the environment what it was before a lab's `env.sh` was sourced. A lab that is brought up from such a shell would
 * otherwise take its own proxy, or one of a lab that is gone by then, for the way out.
 */
export function leaveLab(environment: Environment = process.env): void {
    const known = environment[before];
    if (known === undefined) return;
    const outside = JSON.parse(known) as Environment;
    for (const name of [...names, before]) {
        const value = outside[name];
        if (value === undefined) Reflect.deleteProperty(environment, name);
        else environment[name] = value;
    }
}
