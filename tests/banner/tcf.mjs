// Reads TC models and strings as JSON from standard input; writes what the page's script encodes and decodes.
import { decode, encode } from "../../banner/vendors/tcf_codec.js";
import { readFileSync } from "node:fs";

const { written, read } = JSON.parse(readFileSync(0, "utf8"));
const readOne = (text) => {
  try {
    return decode(text);
  } catch (error) {
    return error.name;
  }
};

process.stdout.write(JSON.stringify({ written: written.map(encode), read: read.map(readOne) }));
