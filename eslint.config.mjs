import eslint from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** Each room imports only from those before it, so that data flows one way. docs/style.md */
const rooms = ["domain", "config", "clients", "manifest", "explain", "uninstall", "promotion", "checks", "components"];

const oneWay = [...rooms, "cli"].map((room) => {
    const others =
        room === "cli"
            ? ["components", "uninstall", "index"]
            : [...rooms.slice(rooms.indexOf(room) + 1), "cli", "index"];
    const message = `${room}/ must not import from ${others.join(", ")}: docs/style.md says which room comes after which.`;
    const patterns = [{ regex: `^(\\.\\./)+(${others.join("|")})(/|$)`, message }];
    return { files: [`${room}/**/*.ts`], rules: { "no-restricted-imports": ["error", { patterns }] } };
});

export default defineConfig(
    globalIgnores(["node_modules/", "lab/node_modules/", ".lab/", ".e2e/"]),
    {
        files: ["**/*.ts"],
        extends: [
            eslint.configs.recommended,
            tseslint.configs.strictTypeChecked,
            tseslint.configs.stylisticTypeChecked,
        ],
        languageOptions: { parserOptions: { projectService: true } },
        rules: {
            "max-lines": ["error", 250],
            "max-params": ["error", 4],
            "@typescript-eslint/no-unused-vars": ["error", { ignoreRestSiblings: true }],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
        },
    },
    {
        files: ["index.ts", "components/**/*.ts"],
        rules: {
            "no-restricted-properties": [
                "error",
                { object: "process", property: "env", message: "Configuration has one door: config/." },
            ],
        },
    },
    {
        files: ["index.ts", "components/**/*.ts"],
        rules: {
            "no-restricted-syntax": [
                "error",
                {
                    selector: "NewExpression[callee.property.name='Config']",
                    message: "pulumi.Config is read in config/index.ts alone.",
                },
                {
                    selector:
                        "CallExpression[callee.property.name=/^(apply|then)$/] NewExpression[callee.property.name!='RunError'][callee.object.name=/^(github|k8s|random|pulumi)$/]",
                    message: "No resource is made inside apply.",
                },
            ],
        },
    },
    ...oneWay,
);
