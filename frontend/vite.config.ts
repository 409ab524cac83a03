// Browsers in offices run engines of Chrome 87 to 93; hashes are hex of 12 so that the server can tell them from versions.
import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  css: {
    preprocessorOptions: {
      // Bootstrap 5.3 is written for Sass's older module system.
      scss: { quietDeps: true, silenceDeprecations: ["import", "global-builtin", "color-functions", "if-function"] },
    },
  },
  build: {
    target: "chrome87",
    outDir: "../src/zhiping/web/static",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      checks: { eval: false, pluginTimings: false }, // htmx has one eval, which `allowEval: false` and our CSP close
      input: {
        site: "site/site.ts",
        style: "site/site.scss",
        noscript: "site/noscript.scss",
        fieldwork: "fieldwork/fieldwork.tsx",
        scoring: "fieldwork/fieldwork.scss",
        reducer: "fieldwork/reducer.ts",
        service: "fieldwork/service.ts",
        verify: "verify/verify.ts",
      },
      output: {
        hashCharacters: "hex",
        entryFileNames: "[name].[hash:12].js",
        chunkFileNames: "[name].[hash:12].js",
        assetFileNames: "[name].[hash:12].[ext]",
      },
    },
  },
});
