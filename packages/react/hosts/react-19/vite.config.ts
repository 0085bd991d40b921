/** The server of the application passes calls on to Tenuto and says who is calling; a browser never holds the key. */
import { defineConfig } from "vite";

const { TENUTO_URL = "http://127.0.0.1:8400", TENUTO_KEY = "" } = process.env;

export default defineConfig({
  preview: {
    proxy: {
      "/tenuto": {
        target: TENUTO_URL,
        changeOrigin: true,
        rewrite: (path) => path.replace(/^\/tenuto/, ""),
        headers: { authorization: `Bearer ${TENUTO_KEY}` },
      },
    },
  },
});
