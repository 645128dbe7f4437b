import { randomBytes } from "node:crypto";
import { secret, text, type ValueMap } from "../values.ts";

interface Kind {
    /** Its inputs beside `keepers`, with a whole number of bytes in the first. */
    inputs: readonly [string, ...string[]];
    create: (inputs: ValueMap) => { id: string; outputs: ValueMap };
}

const bytes = (length: unknown): Buffer => randomBytes(Number(length));

export const kinds: Readonly<Record<string, Kind>> = {
    "random:index/randomBytes:RandomBytes": {
        inputs: ["length"],
        create: (inputs) => {
            const drawn = bytes(inputs.length);
            return {
                id: "none",
                outputs: { ...inputs, base64: secret(drawn.toString("base64")), hex: secret(drawn.toString("hex")) },
            };
        },
    },
    "random:index/randomId:RandomId": {
        inputs: ["byteLength", "prefix"],
        create: (inputs) => {
            const drawn = bytes(inputs.byteLength);
            const prefix = text(inputs.prefix);
            const url = drawn.toString("base64url");
            return {
                id: url,
                outputs: {
                    ...inputs,
                    b64Std: prefix + drawn.toString("base64"),
                    b64Url: prefix + url,
                    dec: prefix + BigInt(`0x${drawn.toString("hex")}`).toString(),
                    hex: prefix + drawn.toString("hex"),
                },
            };
        },
    },
};
