/**
 * A stand-in for the sandbox of Tag Manager's templates: each API requires the same permission as Google's, and throws if
 * the template doesn't declare it. Reads cases as JSON from standard input and writes the result of each.
 *
 * What the APIs check: https://developers.google.com/tag-platform/tag-manager/templates/permissions
 */
import { isDeepStrictEqual } from "node:util";
import { parse } from "acorn";
import { readFileSync } from "node:fs";
import vm from "node:vm";

const NODES = new Set(
  ("ArrayExpression AssignmentExpression BinaryExpression BlockStatement CallExpression ConditionalExpression ExpressionStatement " +
    "FunctionExpression Identifier IfStatement Literal LogicalExpression MemberExpression ObjectExpression Program Property " +
    "ReturnStatement UnaryExpression VariableDeclaration VariableDeclarator").split(" "),
);
const BARRED = ["arguments", "constructor", "prototype", "__proto__"];

/** Check that `code` uses only sandboxed JavaScript: no `new`, `this`, classes, ES6 loops or regular expressions. */
function checkLanguage(code) {
  // A template may return at the top level.
  visit(parse(code, { ecmaVersion: 6, allowReturnOutsideFunction: true }));
}

function visit(node) {
  if (!NODES.has(node.type) || node.regex || node.generator) throw new Error(`The sandbox has no ${node.type}`);
  if (node.type === "Identifier" && BARRED.includes(node.name)) throw new Error(`The sandbox has no ${node.name}`);
  for (const part of Object.values(node).flat()) if (part && typeof part.type === "string") visit(part);
}

/** Return the values of a permission's parameter as plain JavaScript values. */
function plain(value) {
  if (value.type === 2) return value.listItem.map(plain);
  if (value.type === 3) return Object.fromEntries(value.mapKey.map((key, at) => [key.string, plain(value.mapValue[at])]));
  return value.type === 8 ? value.boolean : value.string;
}

class Permissions {
  constructor(declared) {
    this.declared = {};
    for (const { instance } of declared) {
      this.declared[instance.key.publicId] = Object.fromEntries(instance.param.map(({ key, value }) => [key, plain(value)]));
    }
  }

  need(id, what, holds) {
    const facts = this.declared[id];
    if (!facts || !holds(facts)) throw new Error(`Permission denied: ${id} ${what}`);
  }

  consent(state) {
    for (const type of Object.keys(state).filter((key) => key !== "region" && key !== "wait_for_update")) {
      this.need("access_consent", type, ({ consentTypes }) => consentTypes.some((one) => one.consentType === type && one.write));
    }
  }

  global(key, use) {
    this.need("access_globals", `${use} ${key}`, ({ keys }) => keys.some((one) => one.key === key && one[use]));
  }

  layer(id, key) {
    this.need(id, key, ({ allowedKeys, keyPatterns = [] }) => allowedKeys === "any" || keyPatterns.some((one) => matches(one, key)));
  }

  script(url) {
    this.need("inject_script", url, ({ urls }) => url.startsWith("https://") && urls.some((one) => matches(one, url)));
  }
}

function matches(pattern, text) {
  return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

function valueAt(world, key) {
  return key.split(".").reduce((found, name) => found?.[name], world);
}

/** Return the APIs and the list of calls made to them. `mocks` replace what an API does once it is permitted. */
function apisOf(declared, { window = {}, layer = {}, fails = false }, mocks = {}) {
  const calls = [];
  const permissions = new Permissions(declared);
  const apis = {
    callInWindow: (key, ...args) => (permissions.global(key, "execute"), () => valueAt(window, key)(...args)),
    copyFromDataLayer: (key) => (permissions.layer("read_data_layer", key), () => layer[key]),
    copyFromWindow: (key) => (permissions.global(key, "read"), () => valueAt(window, key)),
    encodeUriComponent: (text) => () => encodeURIComponent(text),
    getType: (value) => () => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value),
    gtagSet: (state) => (Object.keys(state).forEach((key) => permissions.layer("write_data_layer", key)), () => {}),
    injectScript: (url, done, failed) => (permissions.script(url), () => (fails ? failed : done)()),
    makeNumber: (value) => () => Number(value),
    setDefaultConsentState: (state) => (permissions.consent(state), () => {}),
    updateConsentState: (state) => (permissions.consent(state), () => {}),
    getCookieValues: (name) => (permissions.need("get_cookies", name, () => true), () => []),
    sendPixel: (url) => (permissions.need("send_pixel", url, () => true), () => {}),
  };
  const require = (name) => {
    if (!Object.hasOwn(apis, name)) throw new Error(`The sandbox has no API ${name}`);
    return (...args) => {
      const act = apis[name](...args);
      calls.push([name, ...structuredCloned(args)]);
      return mocks[name] ? mocks[name](...args) : act();
    };
  };
  return { calls, require };
}

/** Return a copy of a call's arguments: later changes to an object don't show, and functions appear only by name. */
function structuredCloned(args) {
  return JSON.parse(JSON.stringify(args, (_, value) => (typeof value === "function" ? "function" : value)));
}

/** Run `code` with only `names` and the language itself: no globals of JavaScript or of a browser. */
function run(code, names) {
  const context = vm.createContext({});
  vm.runInContext("((all) => Object.getOwnPropertyNames(all).forEach((name) => delete all[name]))(globalThis)", context);
  Object.assign(context, names);
  vm.runInContext(`(function () {"use strict";${code}\n})()`, context, { timeout: 2000 });
}

function runCase({ code, permissions, data, world }) {
  const { calls, require } = apisOf(permissions, browserOf(world));
  const ends = [];
  let error = null;
  try {
    checkLanguage(code);
    run(code, { require, data: { ...data, gtmOnSuccess: () => ends.push("success"), gtmOnFailure: () => ends.push("failure") } });
  } catch (thrown) {
    error = thrown.message;
  }
  return { calls, ends, error };
}

/** A world whose page has a decision where `decision` is one. */
function browserOf({ decision, stub, ...rest }) {
  const window = {};
  if (stub) window.consent = { calls: [] };
  if (decision !== undefined) window.consent = { get: () => decision };
  return { window, ...rest };
}

/** Run a scenario of the template's own tests, as its editor does. */
function runScenario({ code, permissions, setup, test }) {
  const mocks = {};
  let world;
  const callsOf = (name) => world.calls.filter(([called]) => called === name).map(([, ...args]) => args);
  const fail = (sentence) => {
    throw new Error(sentence);
  };
  const names = {
    mock: (name, act) => void (mocks[name] = typeof act === "function" ? act : () => act),
    runCode: (data) => {
      world = apisOf(permissions, {}, mocks);
      const end = (name) => () => world.calls.push([name]);
      run(code, { require: world.require, data: { ...data, gtmOnSuccess: end("gtmOnSuccess"), gtmOnFailure: end("gtmOnFailure") } });
    },
    assertApi: (name) => ({
      wasCalled: () => callsOf(name).length || fail(`${name} was not called`),
      wasNotCalled: () => callsOf(name).length && fail(`${name} was called`),
      wasCalledWith: (...args) =>
        callsOf(name).some((one) => isDeepStrictEqual(one, structuredCloned(args))) ||
        fail(`${name} was called with ${JSON.stringify(callsOf(name))}`),
    }),
  };
  try {
    run(`${setup}\n${test}`, names);
    return null;
  } catch (thrown) {
    return thrown.message;
  }
}

const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map((one) => (one.test ? runScenario(one) : runCase(one)))));
