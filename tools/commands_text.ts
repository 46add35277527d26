/** What docs/command_line.md tells of commands, made from the command line's own list. @module */
import { EXIT_CODES } from "../src/cli/exit_codes.ts";
import { commandsFor } from "../src/cli/main.ts";

/** Around what is made. */
const BEGIN = "<!-- made by deno task docs -->", END = "<!-- the end of that -->";

/** A page with what is made of commands and exit codes in its place. */
export function withCommands(page: string): string {
  const [before, rest] = page.split(BEGIN), [, after] = (rest ?? "").split(END);
  if (after === undefined) throw new RangeError(`The page lacks ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${commandsText()}\n\n${END}${after}`;
}

function commandsText(): string {
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]);
  const { program } = commandsFor([]);
  return [
    ...table(["exit code", ""], codes),
    ...program.commands.flatMap((command) => {
      const words = command.registeredArguments.map((argument) => {
        const name = argument.variadic ? `${argument.name()}...` : argument.name();
        return argument.required ? `<${name}>` : `[${name}]`;
      });
      const given = command.registeredArguments.map((argument, i) => [
        words[i]!,
        argument.description,
      ]);
      const options = command.options.map(({ flags, description, defaultValue }) => [
        flags,
        typeof defaultValue === "string"
          ? `${description}; \`${defaultValue}\` unless given`
          : description,
      ]);
      const rows = [...given, ...options].map(([name, text]) => [`\`${name}\``, text!]);
      return [
        "",
        `### soar ${[command.name(), ...words].map(escaped).join(" ")}`,
        "",
        `${command.description()[0]!.toUpperCase()}${command.description().slice(1)}.`,
        ...rows.length === 0 ? [] : ["", ...table(["", ""], rows)],
      ];
    }),
  ].join("\n");
}

/** A word in a heading of Markdown. */
function escaped(word: string): string {
  return word.replaceAll(/[<\[]/g, "\\$&");
}

/** A table in Markdown as `deno fmt` writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, c) => Math.max(3, ...cells.map((row) => row[c]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, c) => cell.padEnd(widths[c]!)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(cells[0]!), line(rule), ...cells.slice(1).map(line)];
}
