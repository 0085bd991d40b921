/** Numbers, sizes, money and times as people read them. English, in the person's own time zone. */

const number = new Intl.NumberFormat("en");
const precise = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const oneDay = 24 * hour;

/** 3120 → "3,120". */
export function count(value: number): string {
  return number.format(value);
}

/** `quantity(1, "run")` → "1 run"; `quantity(3, "reply", "replies")` → "3 replies". */
export function quantity(value: number, one: string, many = `${one}s`): string {
  return `${number.format(value)} ${value === 1 ? one : many}`;
}

/** A length of time in milliseconds: "0.3 s", "1.2 s", "12 s", "3 min 4 s", "2 h 5 min", "3 d 4 h". */
export function duration(milliseconds: number): string {
  const length = Math.max(0, milliseconds);
  if (length < 95) return `${Math.round(length)} ms`;
  if (length < 9.95 * second) return `${(length / second).toFixed(1)} s`;
  if (length < minute - second / 2) return `${Math.round(length / second)} s`;
  if (length < hour - second / 2) return two(length, minute, "min", second, "s");
  if (length < oneDay - minute / 2) return two(length, hour, "h", minute, "min");
  return two(length, oneDay, "d", hour, "h");
}

/** A running clock: "0:12", "3:04", "1:02:03". */
export function stopwatch(milliseconds: number): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / second);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** 1536 → "1.5 KB". */
export function bytes(size: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(size) / Math.log(1024)));
  return power === 0 ? quantity(size, "byte") : `${precise.format(size / 1024 ** power)} ${units[power]}`;
}

/** US dollars: "$0.018", "$12.40"; less than a hundredth of a cent is said so. */
export function dollars(amount: number): string {
  if (amount === 0) return "$0";
  if (Math.abs(amount) < 0.0001) return "< $0.0001";
  return Math.abs(amount) < 1 ? `$${precise.format(amount)}` : `$${amount.toFixed(2)}`;
}

/** What the API counts in millionths of a dollar. */
export function microdollars(amount: number): string {
  return dollars(amount / 1_000_000);
}

/** 0.1234 → "12.3 %". */
export function percent(share: number): string {
  return `${precise.format(share * 100)} %`;
}

/** A time as said now: "just now", "3 min ago", "in 2 h", "yesterday 14:05", "4 Nov", "4 Nov 2025". */
export function relative(time: Date | string | number, now: Date | number = Date.now()): string {
  const at = new Date(time);
  const distance = Number(now) - at.getTime();
  const away = Math.abs(distance);
  const said = (text: string): string => (distance >= 0 ? `${text} ago` : `in ${text}`);
  if (Number.isNaN(distance)) return "never";
  if (away < 5 * second) return distance >= 0 ? "just now" : "now";
  if (away < minute) return said(`${Math.floor(away / second)} s`);
  if (away < hour) return said(`${Math.floor(away / minute)} min`);
  if (away < 12 * hour) return said(`${Math.floor(away / hour)} h`);
  return calendar(at, new Date(now));
}

function calendar(at: Date, today: Date): string {
  const days = Math.round((midnight(today) - midnight(at)) / oneDay);
  if (days === 0) return `today ${clock.format(at)}`;
  if (days === 1) return `yesterday ${clock.format(at)}`;
  if (days === -1) return `tomorrow ${clock.format(at)}`;
  if (at.getFullYear() === today.getFullYear()) return `${day.format(at)} ${clock.format(at)}`;
  return dayOfYear.format(at);
}

/** "4 Nov 2026, 14:05:03 CET": what a relative time shows on hover. */
export function exactly(time: Date | string | number): string {
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? "" : exact.format(at);
}

/** "14:05". */
export function timeOfDay(time: Date | string | number): string {
  return clock.format(new Date(time));
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function two(length: number, large: number, largeName: string, small: number, smallName: string): string {
  const parts = Math.round(length / small);
  const [whole, rest] = [Math.floor((parts * small) / large), parts % Math.round(large / small)];
  return rest ? `${whole} ${largeName} ${rest} ${smallName}` : `${whole} ${largeName}`;
}
