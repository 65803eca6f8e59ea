import { defineConfig } from 'vite';

/** Two pages: the game client, which loads fast, and the operator's console, which may be larger. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    rolldownOptions: { input: { game: 'client/index.html', operator: 'client/operator.html' } },
  },
});
