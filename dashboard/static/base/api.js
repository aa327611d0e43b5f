// Talking to the dashboard's own routes. Errors become sentences.

import { setClock } from "./clock.js";
import { toast } from "./dom.js";
import { t } from "./texts.js";

const OWN_FILES = new URL("../", import.meta.url);
const HOME = new URL("../../", OWN_FILES); // the page's address, below a proxy's path too, without static/VERSION/

/** A request that the server refused: `status` and, for a config, its `faults`. */
export class Refused extends Error {
  /**
   * @param {string} sentence
   * @param {number} status
   * @param {Fault[]} [faults]
   */
  constructor(sentence, status, faults = []) {
    super(sentence);
    this.status = status;
    this.faults = faults;
  }
}

/** No answer at all: the server is gone or cannot be reached. */
export class Unreachable extends Error {}

/**
 * The address of a route, for images and downloads.
 * @param {string} route
 */
export function address(route) {
  return new URL(`api/${route}`, HOME).href;
}

/**
 * The address of one of our own static files.
 * @param {string} name
 */
export function staticAddress(name) {
  return new URL(name, OWN_FILES).href;
}

/**
 * GET a route; null where there is nothing new (204). Raises Refused or Unreachable.
 * @param {string} route
 * @param {Record<string, any>} [query]
 * @returns {Promise<any>}
 */
export function get(route, query = {}) {
  const filled = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const search = new URLSearchParams(filled.map(([name, value]) => [name, String(value)])).toString();
  return request("GET", search ? `${route}?${search}` : route);
}

/**
 * POST, PATCH or DELETE with a JSON body. Raises Refused or Unreachable.
 * @param {"POST"|"PATCH"|"DELETE"} method
 * @param {string} route
 * @param {Object} [body]
 * @returns {Promise<any>}
 */
export function send(method, route, body = {}) {
  return request(method, route, body);
}

/**
 * POST the bytes of a file as they are. Raises Refused or Unreachable.
 * @param {string} route
 * @param {Blob} bytes
 * @returns {Promise<any>}
 */
export function sendBytes(route, bytes) {
  return request("POST", route, bytes);
}

/**
 * Do something that may be refused and say why if it is.
 * @param {() => Promise<any>} action
 * @returns {Promise<*>} what the action returns; undefined where it was refused
 */
export async function orSay(action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    toast(error.message, "error");
    return undefined;
  }
}

async function request(method, route, body) {
  /** @type {RequestInit & {headers: Record<string, string>}} */
  const options = { method, headers: { Accept: "application/json" }, cache: "no-store" };
  if (body instanceof Blob) {
    options.headers["Content-Type"] = "application/octet-stream";
    options.body = body;
  } else if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let reply;
  try {
    reply = await fetch(address(route), options);
  } catch {
    throw new Unreachable(t("run.no_answer"));
  }
  setClock(reply.headers.get("Date"));
  if (reply.status === 204) return null;
  if ([502, 503, 504].includes(reply.status)) throw new Unreachable(t("run.no_answer")); // a proxy answers for it
  const value = await reply.json().catch(() => undefined);
  // Cut off, or a proxy's page that asks to sign in.
  if (reply.ok && value === undefined) throw new Unreachable(t("run.no_answer"));
  if (reply.ok) return value;
  const { error, faults = [] } = value ?? {};
  const sentence = error ?? faults.map((fault) => `${fault.field}: ${fault.message}`).join("\n");
  throw new Refused(sentence || t("run.refused", { status: reply.status }), reply.status, faults);
}
