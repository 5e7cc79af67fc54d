import react from "@vitejs/plugin-react";
import { compression } from "vite-plugin-compression2";
import { defineConfig } from "vitest/config";

// The gateway puts a fresh nonce into every page in place of this word; what adds style elements at run time reads it from there.
const nonce = "__CSP_NONCE__";

const gateway = process.env.GT_GATEWAY ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), compression({ algorithms: ["brotliCompress"], include: /\.(js|css|svg)$/, threshold: 1024 })],
  html: { cspNonce: nonce },
  build: { target: "es2022", assetsInlineLimit: 0, sourcemap: false, outDir: "dist", emptyOutDir: true },
  // `npm run dev` works against a running deployment, which knows no other origin than its own.
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/api", "/hubs"].map((path) => [path, { target: gateway, ws: path === "/hubs", headers: { Origin: gateway } }]),
    ),
  },
  test: { include: ["src/**/*.test.ts", "packages/**/*.test.ts"] },
});
