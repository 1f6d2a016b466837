// Drives the AWS SDK for JavaScript v3 with its default settings; the protocol stands in ../README.md.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import * as control from "@aws-sdk/client-bedrock";
import * as runtime from "@aws-sdk/client-bedrock-runtime";

const SERVICES = {
  "bedrock-runtime": { module: runtime, make: (config) => new runtime.BedrockRuntimeClient(config) },
  bedrock: { module: control, make: (config) => new control.BedrockClient(config) },
};

const newClient = (service) => SERVICES[service].make({ endpoint: process.env.CONFORMANCE_ENDPOINT });
const shared = Object.fromEntries(Object.keys(SERVICES).map((service) => [service, newClient(service)]));

async function answer({ service, operation, input, fresh }) {
  const { module } = SERVICES[service];
  const Command = module[`${operation}Command`];
  if (Command === undefined) {
    return { unsupported: "this version has no such operation" };
  }
  const client = fresh ? newClient(service) : shared[service];
  const seen = { attempts: 0, status: null, headers: {} };
  const command = new Command(fromNormal(input));
  command.middlewareStack.add(watch(seen), { step: "deserialize", priority: "low", name: "watch" });
  const events = [];
  let streams = false;
  let result;
  try {
    const { $metadata, ...output } = await client.send(command);
    for (const [name, member] of Object.entries(output)) {
      if (typeof member?.[Symbol.asyncIterator] === "function") {
        streams = true;
        delete output[name];
        for await (const event of member) {
          events.push(toNormal(event));
        }
      }
    }
    result = { ok: true, output: toNormal(output) };
  } catch (error) {
    result = { ok: false, error: failure(module, error) };
  }
  if (fresh) {
    client.destroy();
  }
  if (streams) {
    result.events = events;
  }
  return { ...result, ...seen, requestId: seen.headers["x-amzn-requestid"] ?? null };
}

// Stands next to the transport, inside the loop of attempts.
function watch(seen) {
  return (next) => async (args) => {
    seen.attempts += 1;
    const answered = await next(args);
    seen.status = answered.response.statusCode;
    seen.headers = { ...answered.response.headers };
    return answered;
  };
}

function failure(module, error) {
  const Modelled = module[error.name];
  return {
    code: error.name,
    message: error.message,
    status: error.$metadata?.httpStatusCode ?? null,
    typed: typeof Modelled === "function" && error instanceof Modelled,
  };
}

function fromNormal(value) {
  if (Array.isArray(value)) {
    return value.map(fromNormal);
  }
  if (value !== null && typeof value === "object") {
    if (typeof value.$base64 === "string") {
      return new Uint8Array(Buffer.from(value.$base64, "base64"));
    }
    if (typeof value.$time === "string") {
      return new Date(value.$time);
    }
    return mapped(value, fromNormal);
  }
  return value;
}

function toNormal(value) {
  if (value instanceof Uint8Array) {
    return { $base64: Buffer.from(value).toString("base64") };
  }
  if (value instanceof Date) {
    return { $time: value.toISOString().replace(/\.?0*Z$/, "Z") };
  }
  if (Array.isArray(value)) {
    return value.map(toNormal);
  }
  if (value !== null && typeof value === "object") {
    if (Array.isArray(value.$unknown)) {
      return { $unknown: value.$unknown[0] };
    }
    return mapped(value, toNormal);
  }
  return value;
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, member]) => [name, change(member)]));
}

function say(members) {
  process.stdout.write(`${JSON.stringify(members)}\n`);
}

const manifest = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
say({ sdk: "aws-sdk-js", version: manifest.dependencies["@aws-sdk/client-bedrock-runtime"] });

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() !== "") {
    const message = JSON.parse(line);
    // Not awaited: the runner says how many cases are in flight.
    answer(message).then(
      (result) => say({ id: message.id, ...result }),
      (error) => say({ id: message.id, broken: String(error?.stack ?? error) }),
    );
  }
}
