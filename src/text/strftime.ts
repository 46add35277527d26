const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const two = (value: number) => String(value).padStart(2, "0");
const dayOfYear = (date: Date) =>
  Math.round((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;

/** What each letter after a % stands for, in the C locale; the time is midnight. */
const LETTERS: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  d: (date) => two(date.getUTCDate()),
  e: (date) => String(date.getUTCDate()).padStart(2, " "),
  B: (date) => MONTHS[date.getUTCMonth()]!,
  b: (date) => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()]!,
  a: (date) => DAYS[date.getUTCDay()]!.slice(0, 3),
  j: (date) => String(dayOfYear(date)).padStart(3, "0"),
  u: (date) => String(date.getUTCDay() || 7),
  w: (date) => String(date.getUTCDay()),
  F: (date) => date.toISOString().slice(0, 10),
  H: () => "00",
  I: () => "12",
  M: () => "00",
  S: () => "00",
  p: () => "AM",
  T: () => "00:00:00",
  R: () => "00:00",
  "-d": (date) => String(date.getUTCDate()),
  "-m": (date) => String(date.getUTCMonth() + 1),
  "%": () => "%",
};

/** Python's `strftime` of a day, in UTC. @throws {Error} naming a format that is not supported */
export function strftime(date: Date, format: string): string {
  return format.replace(/%(-?.?)/gs, (whole, letter) => {
    if (Object.hasOwn(LETTERS, letter)) return LETTERS[letter]!(date);
    throw new Error(`strftime_now has ${whole}, which is not supported`);
  });
}
