// Prints what the AsyncAPI parser finds in a document; exits with 1 where it finds an error.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const diagnostics = await new Parser().validate(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter(d => d.severity === 0);
for (const { message, path } of errors) console.error(`${path.join(".")}: ${message}`);
process.exit(errors.length === 0 ? 0 : 1);
