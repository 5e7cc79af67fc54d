import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { refusals as en } from "./en/refusals";
import { refusals as es } from "./es/refusals";

interface Operation {
  roles: string[];
  later?: string;
}

const contract = JSON.parse(readFileSync(contractAbove(process.cwd()), "utf8")) as { operations: Record<string, Operation> };
const schema = ts.createSourceFile("schema.d.ts", readFileSync("src/api/schema.d.ts", "utf8"), ts.ScriptTarget.ES2022);

/** The client is built and tested in a copy too, deeper in the same repository. */
function contractAbove(folder: string): string {
  const file = join(folder, "services/contract.v1.json");
  return existsSync(file) || dirname(folder) === folder ? file : contractAbove(dirname(folder));
}

function membersOf(name: string): Map<string, ts.TypeNode> {
  const found = schema.statements.find((s): s is ts.InterfaceDeclaration => ts.isInterfaceDeclaration(s) && s.name.text === name)!;
  return new Map(found.members.filter(ts.isPropertySignature).map((m) => [(m.name as ts.Identifier | ts.StringLiteral).text, m.type!]));
}

/** The codes that a type of the API's description names. */
function codesIn(node: ts.Node, codes: Set<string>): void {
  if (ts.isPropertySignature(node) && (node.name as ts.Identifier).text === "code" && node.type) {
    const all = ts.isUnionTypeNode(node.type) ? [...node.type.types] : [node.type];
    all.filter(ts.isLiteralTypeNode).forEach((one) => codes.add((one.literal as ts.StringLiteral).text));
  }

  ts.forEachChild(node, (child) => codesIn(child, codes));
}

test("every refusal that a member can meet has words in both languages", () => {
  const [paths, operations] = [membersOf("paths"), membersOf("operations")];
  const codes = new Set<string>();
  for (const [call, { roles, later }] of Object.entries(contract.operations)) {
    const [method = "", path = ""] = call.split(" ");
    const place = paths.get(path);
    if (!later && place && ts.isTypeLiteralNode(place) && roles.some((r) => ["anyone", "signed-in", "member"].includes(r))) {
      const type = place.members.find((m): m is ts.PropertySignature => (m.name as ts.Identifier).text === method.toLowerCase())?.type;
      const name = type && ts.isIndexedAccessTypeNode(type) && ts.isLiteralTypeNode(type.indexType) ? type.indexType.literal : undefined;
      codesIn(name && ts.isStringLiteral(name) ? operations.get(name.text)! : type!, codes);
    }
  }

  expect(codes.size).toBeGreaterThan(30);
  expect([...codes].filter((code) => !(code in en)).sort()).toEqual([]);
  expect([...codes].filter((code) => !(code in es)).sort()).toEqual([]);
});
