/** What a policy is given to go on with. */
export interface Prompt {
  /** What is asked. */
  readonly text: string;
  /** What the model is told before it, where it has a chat template. */
  readonly system?: string;
  /** Whether `text` is a user's message in the model's chat template; unless given, where it has one. */
  readonly chat?: boolean;
}
