// What all clients ask: settings of the sandbox, a question that needs two calls, a tiny picture, a text with facts.

import { z } from "zod";

export const base = process.env.CAICAINI_BASE;
export const cailagBase = process.env.CAICAINI_CAILAG_BASE;
export const key = process.env.CAICAINI_API_KEY;
export const model = "caicaini/sonnet";

export const question = "Count to 20";
export const weatherQuestion = "What is the weather in Paris and in Rome?";
export const degrees = { Paris: "12 °C", Rome: "21 °C" };
export const weather = {
  name: "get_weather",
  description: "Current weather of a city",
  schema: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};

export const tripText = "name: Ada Lovelace; nights: 3; email: ada@example.org";
export const Trip = z.object({ name: z.string(), nights: z.number().int(), email: z.string() });
export const trip = { name: "Ada Lovelace", nights: 3, email: "ada@example.org" };

// 2 × 1 pixels, red
export const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP8z8DAwMAAAAYIAQHLR3Z1AAAAAElFTkSuQmCC";
export const pictureQuestion = "What size is this image?";
