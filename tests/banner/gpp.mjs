// Reads GPP sections and strings as JSON from standard input; writes what the page's script encodes and decodes.
import { decode, encode } from "../../banner/vendors/gpp_codec.js";
import { readFileSync } from "node:fs";

const { layouts, written, read } = JSON.parse(readFileSync(0, "utf8"));
const layoutOf = (id, version) => layouts[`${id} ${version}`];
const write = (sections) => encode(sections.map(({ id, version, values, gpc }) => [{ id, fields: layoutOf(id, version) }, { _values: values, _gpc: gpc ?? undefined }]));
const readOne = (text) => {
  try {
    return decode(text, layoutOf);
  } catch (error) {
    return error.name;
  }
};

process.stdout.write(JSON.stringify({ written: written.map(write), read: read.map(readOne) }));
