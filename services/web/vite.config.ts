import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** In development the page is served by Vite and everything else by the backend, as if from one origin. */
const backend = 'http://localhost:8080'

export default defineConfig({
  plugins: [react()],
  // Inlined assets would be data: URLs, which a strict content security policy refuses.
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: {
    proxy: {
      '/v1': backend,
      '/dev': backend,
      '/socket.io': { target: backend, ws: true },
    },
  },
})
