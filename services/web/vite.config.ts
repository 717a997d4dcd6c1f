import { basename } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** In development the page is served by Vite and everything else by the backend, as if from one origin. */
const backend = 'http://localhost:8080'

/** `.name` of `avatar.module.css` is `avatar-name`: legible in the browser, and it packs better than a hash. */
const scopedName = (name: string, file: string) => `${basename(file.split('?')[0]!, '.module.css')}-${name}`

export default defineConfig({
  // The page may lie below a path that a proxy takes off, such as /chat/: nothing of it is named from the root.
  base: './',
  plugins: [react()],
  css: { modules: { generateScopedName: scopedName } },
  // Inlined assets would be data: URLs, which a strict content security policy refuses.
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', 'service-worker': 'src/service-worker/service-worker.ts' },
      // A service worker has to be at one address for ever, and serves what is below that: beside the page.
      output: {
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: {
      '/v1': backend,
      '/dev': backend,
      '/socket.io': { target: backend, ws: true },
    },
  },
})
