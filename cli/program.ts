import { Command } from "commander";

import { version } from "../package.json";
import { auditCommand } from "./audit/command";
import { ciCommand } from "./ci/command";
import { doctorCommand } from "./doctor/command";
import { historyCommand } from "./history/command";
import { promoteCommand } from "./promote/command";
import { rollbackCommand } from "./rollback/command";
import { statusCommand } from "./status/command";
import { styled } from "./terminal/command";

/** The command `fluxcd` with all its subcommands. */
export function fluxcdCommand(): Command {
    const program = styled(new Command("fluxcd"))
        .description("Promotes releases between environments, and shows and checks what runs in them.")
        .version(version, "-V, --version", "print the version")
        .addHelpText(
            "after",
            "\nRun it in the folder of Pulumi.yaml: npx fluxcd <command>. npx fluxcd <command> --help has examples.",
        );
    const subcommands = [
        statusCommand(),
        promoteCommand(),
        rollbackCommand(),
        historyCommand(),
        doctorCommand(),
        auditCommand(),
        ciCommand(),
    ];
    return subcommands.reduce((command, subcommand) => command.addCommand(subcommand), program);
}
