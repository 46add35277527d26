/** JavaScript and TypeScript: what a guest needs. @module */
import { frame } from "./frames.ts";
import { GuestEnded, GuestProcess } from "./guest_process.ts";
import WORKER from "./guest/javascript.js" with { type: "text" };
import type { Limits } from "./limits.ts";

/** A process that runs JavaScript. @throws {Error} when it cannot be started */
export async function startJavaScript(limits: Limits): Promise<GuestProcess> {
  const guest = new GuestProcess("javascript", limits);
  await guest.write(frame(WORKER), frame(guest.mark));
  try {
    await guest.read();
    return guest;
  } catch (error) {
    if (!(error instanceof GuestEnded)) throw error;
    const { code, told } = error.ending;
    throw new Error(`Cannot start JavaScript: its process ended with ${code}: ${told}`);
  }
}
