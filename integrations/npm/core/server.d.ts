import type { Decision, Group } from "./consent.js";

export interface VisitOptions {
  /** The URL at which this server reaches the service. */
  service: string;
  site: string;
  /** A token with the scope `decide`. */
  token: string;
  /** The headers of the visitor's request, for its cookies and the GPC and DNT signals. */
  headers: Headers | Record<string, string | string[] | undefined>;
  /** The path of the page. */
  path?: string;
  language?: string;
  /** The visitor's place, such as `US` and `CA`, if the server knows it. */
  country?: string | null;
  subdivision?: string | null;
  /** The visitor's IP address, used only to find the place; without place or address, the strictest rule applies. */
  address?: string | null;
  ageBand?: string;
  /** How long a page waits, in milliseconds; by default 500. */
  timeout?: number;
}

export interface Visit {
  /** The decision that the browser starts with; null if the service gave no answer. */
  decision: Decision | null;
  grants(group: "essential" | Group): boolean;
  allows(tag: string): boolean;
}

export interface LinesOptions {
  service: string;
  site: string;
  timeout?: number;
}

export interface Lines {
  /** The lines to put first in the head. */
  html: string;
  /** The same lines as the attributes and code of each script. */
  scripts: { attributes: Record<string, string>; code: string }[];
}

/** Return what the visitor of a request allows: only `essential` if the service gives no answer. */
export function visitOf(options: VisitOptions): Promise<Visit>;
/** Return the lines for the head of each page, read once an hour; if the service is down, the last ones, or null if there are none. */
export function linesOf(options: LinesOptions): Promise<Lines | null>;
