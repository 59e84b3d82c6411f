"use strict";
const http = require("http");
const https = require("https");

// Where maskgen serve listens, as seen from the container, and its token.
const target = new URL("/cvat", process.env.MASKGEN_URL);
const token = process.env.MASKGEN_TOKEN;

exports.handler = (context, event) => {
  const body = Buffer.isBuffer(event.body) ? event.body : Buffer.from(typeof event.body === "string" ? event.body : JSON.stringify(event.body));
  const answer = (status, text) => context.callback(new context.Response(text, {}, "application/json", status));
  const request = (target.protocol === "https:" ? https : http).request(target, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Length": body.length, Authorization: `Bearer ${token}` },
    timeout: 60000,
  }, response => {
    const parts = [];
    response.on("data", part => parts.push(part));
    response.on("end", () => answer(response.statusCode, Buffer.concat(parts).toString("utf8")));
  });
  request.on("timeout", () => request.destroy(new Error("maskgen serve did not answer within a minute")));
  request.on("error", error => answer(502, JSON.stringify({ error: error.message })));
  request.end(body);
};
