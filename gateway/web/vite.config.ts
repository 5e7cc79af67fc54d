import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { compression } from "vite-plugin-compression2";
import { defineConfig } from "vitest/config";
import { blurFiles } from "./scripts/blurFiles";
import { writeFonts } from "./scripts/fonts";
import { firstIcons } from "./scripts/icons";

// The gateway puts a fresh nonce into every page in place of this word; what adds style elements at run time reads it from there.
const nonce = "__CSP_NONCE__";

const gateway = process.env.GT_GATEWAY ?? "http://127.0.0.1:8080";

const fonts = fileURLToPath(new URL("node_modules/.fonts", import.meta.url));

/** The typefaces, cut before anything asks for them. */
const cutFonts = { name: "cut-fonts", buildStart: () => writeFonts(fonts) };

// Few files: each one costs its headers. What every page needs is one, what changes with none of our releases another.
const shared =
  /\/src\/(ui|session|api|i18n)\/|\/src\/account\/stepUp\.ts$|\/src\/pages\/[a-z]\w*\.ts$|@tanstack|openapi-fetch|wouter|get-nonce|vite\/preload/;
const iconParts = /lucide-react\/dist\/esm\/(?!icons\/|lucide-react\.)/;
const icons = firstIcons(fileURLToPath(new URL("src", import.meta.url)));
// A member's home, and what other pages show of it.
const home = /\/src\/pages\/(HomePage|MyGroups|NextSession|Absence)\.tsx$/;
// Lists that grow page by page, and several questions at once: few pages use them.
const rare = /@tanstack\/.*(infiniteQueryObserver|useInfiniteQuery|queriesObserver|useQueries)\.js/i;

function chunkOf(id: string) {
  if (/node_modules\/(react|react-dom|scheduler)\//.test(id)) {
    return "react";
  }

  if (rare.test(id)) {
    return "lists";
  }

  if (home.test(id)) {
    return "home";
  }

  const icon = /lucide-react\/dist\/esm\/icons\/([\w-]+)\.mjs/.exec(id)?.[1];
  if (icon) {
    return icons.has(icon) ? "shared" : "icons";
  }

  return iconParts.test(id) || (shared.test(id) && !/i18n\/e[ns]|RadixDialog/.test(id)) ? "shared" : undefined;
}

export default defineConfig({
  plugins: [
    cutFonts,
    blurFiles(),
    react(),
    compression({ algorithms: ["brotliCompress"], include: /\.(js|css|svg|wasm|tflite)$/, threshold: 1024 }),
  ],
  resolve: { alias: { "@fonts": fonts } },
  html: { cspNonce: nonce },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    sourcemap: false,
    outDir: "dist",
    emptyOutDir: true,
    rollupOptions: { output: { manualChunks: chunkOf } },
  },
  // `npm run dev` works against a running deployment, which knows no other origin than its own.
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/api", "/hubs"].map((path) => [path, { target: gateway, ws: path === "/hubs", headers: { Origin: gateway } }]),
    ),
  },
  test: { include: ["src/**/*.test.ts", "packages/**/*.test.ts"] },
});
