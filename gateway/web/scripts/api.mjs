// Writes the API's types from its description: node scripts/api.mjs DESCRIPTION [FILE]. Without the words: a better sentence changes no type.
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const [description, file = "src/api/schema.d.ts"] = process.argv.slice(2);
const types = astToString(await openapiTS(pathToFileURL(description)));
await writeFile(file, types.replace(/^\s*\/\*\*[\s\S]*?\*\/\n/gm, "").replace(/^\s*\n/gm, ""));
