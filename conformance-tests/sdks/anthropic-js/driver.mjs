// Drives Anthropic's SDK for JavaScript through its client for Bedrock; the protocol stands in ../README.md.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import AnthropicBedrock from "@anthropic-ai/bedrock-sdk";
import { APIError } from "@anthropic-ai/sdk";

const client = new AnthropicBedrock({ baseURL: process.env.CONFORMANCE_ENDPOINT });

const calls = {
  "messages.create": async (members) => ({ ok: true, output: await client.messages.create(members) }),
  // The helper that folds a stream into a message, and the events that it was folded from.
  "messages.stream": async (members) => {
    const events = [];
    const stream = client.messages.stream(members);
    for await (const event of stream) {
      events.push({ [event.type]: {} });
    }
    return { ok: true, output: await stream.finalMessage(), events };
  },
};

async function answer({ operation, input }) {
  try {
    return await calls[operation](input);
  } catch (error) {
    if (!(error instanceof APIError)) {
      throw error;
    }
    return {
      ok: false,
      status: error.status ?? null,
      requestId: error.headers?.get?.("x-amzn-requestid") ?? null,
      error: {
        code: error.constructor.name,
        message: error.message,
        status: error.status ?? null,
        typed: error.constructor !== APIError,
      },
    };
  }
}

function say(members) {
  process.stdout.write(`${JSON.stringify(members)}\n`);
}

const manifest = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8"));
say({ sdk: "anthropic-js", version: manifest.dependencies["@anthropic-ai/bedrock-sdk"] });

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
