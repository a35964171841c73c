// Reads GPP strings as JSON from standard input; writes what the IAB Tech Lab's own library reads from each.
import { GppModel } from "@iabgpp/cmpapi";
import { readFileSync } from "node:fs";

const readOne = (text) => {
  const model = new GppModel(text);
  return { ids: model.getSectionIds(), sections: model.toObject() };
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(readOne)));
