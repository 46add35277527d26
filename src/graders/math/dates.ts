/** Dates, times of day, and ordinals, each in one spelling. @module */
import type { Time } from "./answer.ts";

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const MONTH = "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|" +
  "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const DAY = "(\\d{1,2})(?:st|nd|rd|th)?", YEAR = "(?:,? (\\d{4}))?";
const WEEKDAY = "(?:((?:mon|tues|wednes|thurs|fri|satur|sun)day),? )?";
const FORMS = [
  new RegExp(`^${WEEKDAY}${MONTH} ${DAY}${YEAR}$`),
  new RegExp(`^${WEEKDAY}(?:the )?${DAY} (?:of )?${MONTH}${YEAR}$`),
];
const ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split(" ");

/** A date, such as "May 5th, 2024" or "2024-05-05", an ordinal, such as "third" or "3rd"; undefined where it is none. */
export function dateOf(words: string): string | undefined {
  const text = words.toLowerCase().replaceAll(/\s+/g, " ").trim();
  for (const [i, form] of FORMS.entries()) {
    const found = form.exec(text);
    if (found === null) continue;
    const [, weekday = "", one, other, year = ""] = found;
    const [month, day] = i === 0 ? [one!, other!] : [other!, one!];
    return `${weekday} ${year}/${1 + MONTHS.indexOf(month.slice(0, 3))}/${Number(day)}`.trim();
  }
  const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (iso !== null) return `${iso[1]}/${Number(iso[2])}/${Number(iso[3])}`;
  const slashed = /^\d{1,2}\/\d{1,2}\/\d{4}$/.exec(text);
  if (slashed !== null) return text.replaceAll("/", ";");
  const ordinal = /^(?:the )?(\d+)(?:st|nd|rd|th)$/.exec(text)?.[1];
  if (ordinal !== undefined) return `${ordinal} in order`;
  const place = ORDINALS.indexOf(text.replace(/^the /, ""));
  return place < 0 ? undefined : `${place + 1} in order`;
}

/** A time of day: hours, minutes and seconds, and the half of the day where it is told; undefined where it is none. */
export function timeOf(
  words: string,
): Time | undefined {
  const text = words.toLowerCase().replaceAll(/\s+/g, " ").trim();
  const found = /^(\d{1,2})(?:\s*:\s*(\d{2}))?(?:\s*:\s*(\d{2}))?(?: ?([ap])\.? ?m\.?)?$/.exec(
    text,
  );
  if (found === null) return undefined;
  const [, hour, minute, second, half] = found;
  if (minute === undefined && half === undefined) return undefined;
  const parts = [hour!, minute ?? "0", second ?? "0"].map(Number);
  if (parts[0]! > (half === undefined ? 24 : 12) || parts[1]! > 59 || parts[2]! > 59) {
    return undefined;
  }
  return { parts, ...(half === undefined ? {} : { half: half === "a" ? "am" : "pm" }) };
}
