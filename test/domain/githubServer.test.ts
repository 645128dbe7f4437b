import assert from "node:assert/strict";

import { githubServer, isGitHubAddress } from "../../domain/githubServer";

const dotCom = ["https://api.github.com/", "https://api.github.com", "https://github.com", "github.com"];
const octocorp = [
    "https://api.octocorp.ghe.com/",
    "https://api.octocorp.ghe.com",
    "https://octocorp.ghe.com",
    "octocorp.ghe.com",
];
const enterprise = ["https://ghe.example.com/", "https://ghe.example.com/api/v3", "https://ghe.example.com"];
const ownHost = (web: string, host: string) => [`${web}/`, `${web}/api/v3`, web, host];

/** The address that a person gives: what the provider gets, and the addresses of the API, of the pages and of Git. */
const table: Readonly<Record<string, readonly string[]>> = {
    "https://api.github.com/": dotCom,
    "https://api.github.com": dotCom,
    "https://API.GitHub.com/": dotCom,
    "https://github.com": dotCom,
    "https://github.com/": dotCom,
    "https://www.github.com/": dotCom,
    "http://api.github.com/": dotCom,
    "https://api.github.com/graphql": dotCom,
    "https://api.github.com:443/": dotCom,
    "https://octocorp.ghe.com": octocorp,
    "https://octocorp.ghe.com/": octocorp,
    "https://OctoCorp.GHE.com/": octocorp,
    "https://api.octocorp.ghe.com": octocorp,
    "https://api.octocorp.ghe.com/": octocorp,
    "https://octocorp.ghe.com/api/v3": octocorp,
    "https://api.octocorp.ghe.com/api/v3/": octocorp,
    "https://octo-corp.ghe.com/": octocorp.map((it) => it.replace("octocorp", "octo-corp")),
    "https://ghe.example.com": [...enterprise, "ghe.example.com"],
    "https://ghe.example.com/": [...enterprise, "ghe.example.com"],
    "https://ghe.example.com/api/v3": [...enterprise, "ghe.example.com"],
    "https://ghe.example.com/api/v3/": [...enterprise, "ghe.example.com"],
    "https://GHE.Example.com/api/graphql": [...enterprise, "ghe.example.com"],
    "https://ghe.example.com/api": [...enterprise, "ghe.example.com"],
    "https://github.example.com:8443/": ownHost("https://github.example.com:8443", "github.example.com"),
    "http://127.0.0.1:31940/": ownHost("http://127.0.0.1:31940", "127.0.0.1"),
    "https://example.com/github/": ownHost("https://example.com/github", "example.com"),
    "https://ghe.com/": ownHost("https://ghe.com", "ghe.com"),
    "https://notghe.com/": ownHost("https://notghe.com", "notghe.com"),
    "https://mygithub.com/": ownHost("https://mygithub.com", "mygithub.com"),
    "https://github.com.example.com/": ownHost("https://github.com.example.com", "github.com.example.com"),
};

describe("The addresses of a GitHub", () => {
    for (const [address, expected] of Object.entries(table)) {
        it(`come from ${address}`, () => {
            const { baseUrl, rest, web, host } = githubServer(address);
            assert.deepEqual([baseUrl, rest, web, host], expected);
        });
    }

    it("stay the same for the address that the provider gets", () => {
        for (const address of Object.keys(table)) {
            const server = githubServer(address);
            assert.deepEqual(githubServer(server.baseUrl), server);
        }
    });

    it("give Flux a host from which its client derives the API", () => {
        for (const [address, flux] of [
            ["https://api.github.com/", "https://github.com"],
            ["https://octocorp.ghe.com/", "https://api.octocorp.ghe.com"],
            ["https://api.octocorp.ghe.com/", "https://api.octocorp.ghe.com"],
            ["https://ghe.example.com/api/v3/", "https://ghe.example.com"],
        ] as const) {
            assert.equal(githubServer(address).flux, flux);
        }
    });

    for (const text of [
        ...["", "github.com", "api.github.com", "ghe.example.com/api/v3", "ssh://git@github.com/", "https://"],
        ...["https://user@ghe.example.com/", "https://user:pass@ghe.example.com/", "https://ghe.example.com/?a=b"],
        ...["https://ghe.example.com/#a", "file:///srv/git"],
    ]) {
        it(`do not come from ${JSON.stringify(text)}`, () => {
            assert.equal(isGitHubAddress(text), false);
        });
    }
});
