// The files with which a background is blurred, as their package brings them: each looks for the next one beside itself, by a fixed name.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Plugin } from "vite";

const root = join(createRequire(import.meta.url).resolve("@twilio/video-processors/package.json"), "..");
const names = [
  "twilio-gaussian-blur-background-processor-pipeline-worker.js",
  "tflite-simd-1-0-0.js",
  "tflite-simd-1-0-0.wasm",
  "tflite-1-0-0.js",
  "tflite-1-0-0.wasm",
  "selfie_segmentation_landscape.tflite",
];
const module = "virtual:blur-files";

/** Serves the files from a folder whose name carries their digest, and tells that name to the page. */
export function blurFiles(): Plugin {
  const files = [...names.map((n) => [n, join(root, "dist", "build", n)] as const), ["LICENSE.txt", join(root, "LICENSE.md")] as const];
  const read = files.map(([name, path]) => [name, readFileSync(path)] as const);
  const digest = createHash("sha256");
  read.forEach(([name, content]) => digest.update(name).update(content));
  const folder = `assets/blur-${digest.digest("hex").slice(0, 8)}`;
  return {
    name: "blur-files",
    resolveId: (id) => (id === module ? `\0${module}` : undefined),
    load: (id) => (id === `\0${module}` ? `export const worker = ${JSON.stringify(`/${folder}/${names[0]}`)};` : undefined),
    generateBundle() {
      read.forEach(([name, source]) => this.emitFile({ type: "asset", fileName: `${folder}/${name}`, source }));
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const found = read.find(([name]) => request.url === `/${folder}/${name}`);
        if (!found) {
          next();
          return;
        }

        response.setHeader("Content-Type", found[0].endsWith(".js") ? "text/javascript" : "application/octet-stream");
        response.end(found[1]);
      });
    },
  };
}
