import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leaveLab, throughLab } from "./outside.ts";

const shell = { HOME: "/home", HTTPS_PROXY: "http://user:word@proxy.example.com:3128", NO_PROXY: ".example.com" };

void describe("how a shell reaches the outside", () => {
    void it("leads through the lab's proxy by either case of the variables, and directly to this machine", () => {
        const { LAB_OUTSIDE, ...set } = throughLab("http://127.0.0.1:1", "/ca.pem", shell);
        assert.deepEqual(set, {
            HTTPS_PROXY: "http://127.0.0.1:1",
            https_proxy: "http://127.0.0.1:1",
            NO_PROXY: "127.0.0.1,localhost",
            no_proxy: "127.0.0.1,localhost",
            NODE_EXTRA_CA_CERTS: "/ca.pem",
        });
        assert.deepEqual(JSON.parse(LAB_OUTSIDE ?? ""), { HTTPS_PROXY: shell.HTTPS_PROXY, NO_PROXY: shell.NO_PROXY });
    });

    void it("is for a lab as it was before one was sourced", () => {
        const sourced: Record<string, string> = { ...shell, ...throughLab("http://127.0.0.1:1", "/ca.pem", shell) };
        leaveLab(sourced);
        assert.deepEqual(sourced, shell);
    });

    void it("is as it was before the first, when a second lab was brought up and sourced in the same shell", () => {
        const sourced: Record<string, string> = { ...shell, ...throughLab("http://127.0.0.1:1", "/ca.pem", shell) };
        const second = { ...sourced };
        leaveLab(second);
        Object.assign(sourced, throughLab("http://127.0.0.1:2", "/other.pem", second));
        leaveLab(sourced);
        assert.deepEqual(sourced, shell);
    });

    void it("stays as it is where no lab was sourced", () => {
        const untouched = { ...shell };
        leaveLab(untouched);
        assert.deepEqual(untouched, shell);
    });
});
