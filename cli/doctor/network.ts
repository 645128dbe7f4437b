import { accessSync, constants } from "node:fs";

import { proxyProblem } from "../../config/network";
import { isUnknownToGo, proxyFor, shownProxy } from "../../domain/proxy";
import { failed, type Line, ok, problemLine, warning } from "./line";

/** The files with certificates: Node reads the first one, and Go and git the others. */
const certificates = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "GIT_SSL_CAINFO"];

/** Checks the variables by which all programs go out. None is a line of its own. */
export function networkLines(env: Readonly<NodeJS.ProcessEnv>): readonly Line[] {
    const problem = proxyProblem(env);
    return [...(problem ? [problemLine(problem)] : proxyLines(env)), ...certificateLines(env)];
}

function proxyLines(env: Readonly<NodeJS.ProcessEnv>): readonly Line[] {
    const proxy = proxyFor(new URL("https://github.com"), env);
    if (!proxy) {
        return [];
    }
    const { variable } = proxy;
    const says = `github.com is reached through ${shownProxy(proxy.url)}`;
    const only = "git and curl read this variable, but neither Pulumi nor its providers do";
    return isUnknownToGo(env)
        ? [warning(variable, `${says}; ${only}`, `export HTTPS_PROXY="$${variable}"`)]
        : [ok(variable, says)];
}

function certificateLines(env: Readonly<NodeJS.ProcessEnv>): readonly Line[] {
    return certificates.flatMap((variable) => {
        const file = env[variable] ?? "";
        try {
            accessSync(file === "" ? "." : file, constants.R_OK);
            return [];
        } catch {
            return [failed(variable, `is "${file}": there is no such file, or it cannot be read`, `ls -l "${file}"`)];
        }
    });
}
