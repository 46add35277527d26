import { SettingMistake } from "../../schemas/setting_mistake.ts";
import { CHAT_DATE } from "./chat.ts";
import { Jinja } from "./jinja.ts";

/** A template of a prompt (Jinja): `{{ problem }}` stands for a field of the problem. */
export class PromptTemplate {
  readonly #template: Jinja;
  readonly #what: string;

  /**
   * @param what names the setting in errors
   * @throws {SettingMistake} when the template cannot be read
   */
  constructor(source: string, what: string) {
    this.#what = what;
    try {
      this.#template = new Jinja(source, CHAT_DATE, true);
    } catch (error) {
      throw new SettingMistake(what, `Cannot read ${what}: ${problemOf(error)}`, { cause: error });
    }
  }

  /** @throws {SettingMistake} when it writes a field that is not there */
  render(fields: Readonly<Record<string, unknown>>): string {
    try {
      return this.#template.render(fields);
    } catch (error) {
      const known = Object.keys(fields).join(", ");
      const message = `Cannot write ${this.#what}: ${problemOf(error)}`;
      const told = known === "" ? message : `${message} (there are ${known})`;
      throw new SettingMistake(this.#what, told, { cause: error });
    }
  }
}

/** Most templates are those of chats, and errors say so. */
function problemOf(error: unknown): string {
  return (error as Error).message.replace(/^Cannot read the chat template: /, "")
    .replaceAll("the chat template", "it");
}
