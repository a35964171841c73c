// Reads GPP strings from standard input as JSON, answers what the IAB Tech Lab's own library reads in each.
import { GppModel } from "@iabgpp/cmpapi";
import { readFileSync } from "node:fs";

const readOne = (text) => {
  const model = new GppModel(text);
  return { ids: model.getSectionIds(), sections: model.toObject() };
};

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(readOne)));
