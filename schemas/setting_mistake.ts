/** What is wrong with the value of a setting that its schema admits, such as a template that cannot be read. @module */
export class SettingMistake extends SyntaxError {
  /** The setting, from the definition's own ones: `prompt`, `proposer.prompt`. */
  readonly setting: string;

  /** @param setting where the mistake is told */
  constructor(setting: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.setting = setting;
  }
}
